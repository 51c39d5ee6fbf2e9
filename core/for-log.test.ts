import { expect, it } from 'vitest';
import { forLog } from './for-log.ts';

it('lets nothing in a message begin a line of the log, or steer the terminal that shows it', () => {
  const forged = new Error('no "\u001b[2J\u202e\r\nweb      | all is well\rback" here');
  const [first, second] = forLog(forged).split('\n');
  expect(first).toBe('Error: no "\\u001b[2J\\u202e');
  expect(second).toBe('    web      | all is well\\u000dback" here');
});

it('shows where an error comes from, and what caused it', () => {
  const text = forLog(new Error('outer', { cause: new Error('inner') }));
  expect(text).toContain('for-log.test.ts');
  expect(text).toContain('inner');
});

it('leaves letters of every script as they are', () => {
  expect(forLog('zażółć gęślą جملة 👨‍👩‍👧‍👦\tend')).toBe('zażółć gęślą جملة 👨‍👩‍👧‍👦\tend');
});
