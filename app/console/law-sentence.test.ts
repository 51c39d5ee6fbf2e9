import { expect, test } from 'vitest';
import { lawSentence } from './law-sentence.ts';

test('a backlog that grows is not stable, and it is said how fast and when it is full', () => {
  expect(lawSentence({ state: 'growing', perSecond: 300, fullInS: 33.3 })).toBe(
    'not stable: grows 300/s, full in 33 s',
  );
  expect(lawSentence({ state: 'growing', perSecond: 300, fullInS: 0 })).toBe(
    'not stable: grows 300/s, and is full',
  );
});

test('a jump says which way it goes', () => {
  expect(lawSentence({ state: 'settling', perSecond: -1_234 })).toContain('1,230/s fewer came in');
  expect(lawSentence({ state: 'settling', perSecond: 10 })).toContain('10/s more came in');
});

test('what stands still asks for workers, and nothing to do for a tweet', () => {
  expect(lawSentence({ state: 'stalled' })).toContain('workers');
  expect(lawSentence({ state: 'idle' })).toContain('Post a tweet');
  expect(lawSentence(null)).toContain('samples');
});
