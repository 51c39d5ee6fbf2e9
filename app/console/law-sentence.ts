import type { ConsoleView } from '#api/contract.ts';
import { duration } from '#app/delivery/figures.ts';
import { perSecond } from './words.ts';

/** What Little's law says of the window, in one sentence; in a pause nothing is done on purpose. */
export function lawSentence({ littlesLaw: law, pause }: Pick<ConsoleView, 'littlesLaw' | 'pause'>): string {
  if (pause.paused) return 'paused: nothing goes out until somebody resumes deliveries.';
  switch (law?.state) {
    case undefined:
      return 'Two samples are needed first.';
    case 'idle':
      return 'Nothing came and nothing was done. Post a tweet and look here again.';
    case 'stalled':
      return 'Stands still: deliveries wait and none is done. Are workers running?';
    case 'growing':
      return `not stable: grows ${perSecond(law.perSecond)}, ${whenFull(law.fullInS)}`;
    case 'settling':
      return `not steady: ${perSecond(Math.abs(law.perSecond))} ${law.perSecond < 0 ? 'fewer' : 'more'} came in than went out. The law needs a window in which as much goes out as comes in.`;
    case 'steady':
      return 'stable: what comes in goes out.';
  }
}

function whenFull(seconds: number): string {
  return seconds === 0
    ? 'and is full'
    : `full in ${duration(Math.round(seconds) * 1_000).replace('.0 s', ' s')}`;
}
