import { expect, it } from 'vitest';
import { Tally } from './tally.ts';

it('tells a tweet that was refused and came back from one that was admitted at once', () => {
  const tally = new Tally();
  const refuse = (name: string, retryAfterS: number) => {
    tally.answered('full', name);
    tally.refused(name, retryAfterS);
  };
  tally.answered('posted', 'at once');
  refuse('patient', 3);
  refuse('unlucky', 4);
  refuse('unlucky', 5);
  tally.answered('posted', 'patient');
  tally.answered('posted', 'unlucky');
  tally.answered('too fast', 'hasty');
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
  tally.answered('posted', 'tweet 0');
  tally.answered('posted', 'tweet 10000');
  expect(tally.counts.admittedAfterRefusal).toBe(1);
});
