import { SECOND } from '#core/durations.ts';
import { type Log, seconds } from './log.ts';
import { livePid, pidFileOf } from './pid-file.ts';

/** What a program saves when it is asked to end. */
export type Saving = {
  /** How many bytes it has saved so far. */
  bytes(): number;
  /** Hears that it saves, for as long as that takes. */
  log: Log;
};

/** A store that writes nothing for so long does not come to an end: its disk is full, or hangs. */
const STUCK = 15 * SECOND;
const LOOK = SECOND / 4;
/** When it is said for the first time that it saves, and how often after that. */
const TOLD = { first: SECOND, again: 10 * SECOND };

/**
 * Waits for a program that saves, and calls `kill` when it has saved nothing for a while. A deadline alone would throw away
 * the timelines of a large system, just because its disk is busy. Returns how to stop looking.
 */
export function killOnceStuck({ bytes, log }: Saving, kill: () => void): () => void {
  const began = performance.now();
  let [saved, savedAt, toldAt] = [bytes(), began, began + TOLD.first - TOLD.again];
  const look = () => {
    const now = performance.now();
    const found = bytes();
    if (found !== saved) [saved, savedAt] = [found, now];
    if (now - savedAt > STUCK) {
      log(`the timelines could not be saved: nothing was written for ${seconds(STUCK)}. ${COLD}`);
      clearInterval(timer);
      return kill();
    }
    if (now - toldAt < TOLD.again) return;
    toldAt = now;
    log(`saving the timelines, ${megabytes(saved)} so far. Ctrl-C again ends everything at once`);
  };
  const timer = setInterval(look, LOOK);
  return () => clearInterval(timer);
}

const COLD =
  'They are cold at the next start: each is rebuilt when its owner reads it. No tweet and no delivery is lost.';

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;

/** What it costs to end everything in this moment. Undefined when no timelines of this folder are still to be saved. */
export function lostNow(dataDir: string): string | undefined {
  if (livePid(pidFileOf(dataDir, 'timelines')) === undefined) return undefined;
  return `ended at once, before the timelines were saved. ${COLD}`;
}
