import { expect, it } from 'vitest';
import { Tally } from './tally.ts';

it('tells a tweet that was refused and came back from one that was admitted at once', () => {
  const tally = new Tally();
  tally.admitted('at once');
  tally.refused('patient', 3);
  tally.refused('unlucky', 4);
  tally.refused('unlucky', 5);
  tally.admitted('patient');
  tally.admitted('unlucky');
  tally.tooFast();
  expect(tally.counts).toEqual({
    admitted: 3,
    refused: 3,
    tooFast: 1,
    retried: 3,
    admittedAfterRefusal: 2,
    admittedAtFirstRetry: 1,
    lastRetryAfterS: 5,
  });
});

it('remembers the last ten thousand refused tweets, not all that ever were', () => {
  const tally = new Tally();
  for (let n = 0; n <= 10_000; n++) tally.refused(`tweet ${n}`, 1);
  tally.admitted('tweet 0');
  tally.admitted('tweet 10000');
  expect(tally.counts.admittedAfterRefusal).toBe(1);
});
