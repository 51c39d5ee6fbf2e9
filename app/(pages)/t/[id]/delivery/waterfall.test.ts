import { expect, test } from 'vitest';
import { after, delivery } from '#app/browser/example-delivery.test-data.ts';
import { waterfall } from './waterfall.ts';

// The browser's clock is an hour off on purpose.
const pressedAt = Date.parse(after(3_600_000));
const client = { pressedAt, paintedAt: pressedAt + 16, acceptedAt: pressedAt + 38 };

const times = (of: ReturnType<typeof waterfall>) => of.steps.map(({ name, ms }) => `${name} ${ms}`);

test('the database accepted is laid onto the arrival of the 202, however far the clocks are apart', () => {
  expect(times(waterfall(delivery(), client))).toEqual([
    'Key press 0',
    'Painted 16',
    'Accepted 38',
    'Broker has it 46',
    'A worker took it 52',
    'Planned 338',
    'First chunk 98',
    'Median 838',
    'Last 1638',
  ]);
});

test('the error of laying two clocks together is bounded by the wait for the 202', () => {
  expect(waterfall(delivery(), client).slack).toBe(38);
});

test('a browser that did not post counts from accepted, by one clock and without slack', () => {
  const { since, slack, steps } = waterfall(delivery(), null);
  expect({ since, slack }).toEqual({ since: 'accepted', slack: 0 });
  expect(steps.find(({ name }) => name === 'Key press')?.ms).toBeNull();
  expect(steps.find(({ name }) => name === 'Last')?.ms).toBe(1_600);
});

test('what has not happened yet has no time and is not described as if it had', () => {
  const { steps } = waterfall(delivery({ medianAt: null, finishedAt: null }), client);
  expect(steps.slice(-2).map(({ ms, sentence }) => `${ms} ${sentence}`)).toEqual([
    'null Not yet.',
    'null Not yet.',
  ]);
});

test('a paint after the answer is not described as one before it', () => {
  const slow = { ...client, paintedAt: pressedAt + 60 };
  expect(waterfall(delivery(), slow).steps[1]?.sentence).toContain('quicker than this frame');
});

test('a tweet for nobody ends with being accepted', () => {
  const nobody = delivery({
    expected: 0,
    publishedAt: null,
    startedAt: null,
    plannedAt: null,
    firstAt: null,
  });
  expect(times(waterfall(nobody, client)).at(-1)).toBe('Accepted 38');
});
