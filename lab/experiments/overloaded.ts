import { SMALL } from '#core/admission/admission.ts';
import type { Verdict } from '#core/lab/experiment.ts';
import { measureCapacity } from '#lab/bench/overload/capacity.ts';
import type { Orders } from '#lab/bench/overload/policies.ts';
import { playRound, type Round } from '#lab/bench/overload/round.ts';
import { Cleanup } from '#lab/harness/cleanup.ts';
import { significant, time, whole } from '#lab/harness/table.ts';
import type { Connections } from '#lab/stage/connect.ts';
import type { Author, RunStage } from './run-stage.ts';

/** Chunks as large as the demo's. A tweet of these loads has only a few. */
export const LOADED = { chunkSize: 4_000 };

/** A multiple of the capacity. */
export const OVERLOAD = 3;

/** The promised wait, as a share of a load's seconds. Without a limit a delivery would wait three times that. */
const PROMISED = 0.2;
const CAPACITY = 0.5; // the time to measure the capacity, as a share of a load's seconds
const WAITING = 100_000; // deliveries: workers never run dry, and admission measures its rate

export type Load = {
  /** The load as a multiple of the capacity. */
  load: number;
  /** False admits everything. */
  limit: boolean;
  /** Whether clients add a random wait to what they are told. */
  jitter: boolean;
};

/**
 * Posts one tweet that the page shows and the checker reads back, and measures what the stage can deliver. The returned
 * `play` plays loads on it, as `bench -- overload` does: posts by the web process's own code, at random times.
 */
export async function readyForLoad(run: RunStage, stage: Connections) {
  run.show(await run.post(run.largest));
  await run.untilFinished(60_000);
  const author = authorFor(run);
  const authors = [author.id];
  const { size } = run.options;
  const promisedS = PROMISED * size;
  const busy = { authors, seconds: CAPACITY * size, waiting: WAITING };
  const capacity = await measureAny(run, () => measureCapacity(stage, busy));
  run.note(`the workers deliver ${whole(Math.round(capacity))} a second`);
  const play = async ({ load, limit, jitter }: Load): Promise<Round> => {
    const perSecond = (load * capacity) / author.followerCount;
    const maxWaitS = limit ? promisedS : null;
    const order = { authors, perSecond, seconds: size, maxWaitS, jitter };
    for (let tries = 0; tries < TRIES; tries++) {
      run.note(`${load} times as much comes for ${size} s, ${limit ? 'with' : 'without'} a limit`);
      const round = await playAlone(stage, order, promisedS);
      if (round.seen.admitted > 0) return round;
      run.note('not one tweet came at these random times: once more');
    }
    throw tooBusy('that tweets come');
  };
  return { author, capacity, promisedS, play };
}

const TRIES = 5;

/** Measures again when nothing was delivered meanwhile, as on a machine that is busy with something else. */
async function measureAny(run: RunStage, measure: () => Promise<number>): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const capacity = await measure();
    if (capacity > 0) return capacity;
    run.note('nothing was delivered meanwhile: once more');
  }
  throw tooBusy('the workers to deliver something');
}

const tooBusy = (expected: string) =>
  new Error(`Expected ${expected}; this machine is too busy: run it again`);

/**
 * The author with the fewest followers whose refused tweets still stand in line. So the load is many tweets a second.
 */
function authorFor(run: RunStage): Author {
  return run.authors.findLast(({ followerCount }) => followerCount > SMALL) ?? run.largest;
}

async function playAlone(stage: Connections, order: Orders, promisedS: number): Promise<Round> {
  const cleanup = new Cleanup();
  try {
    const run = { log: console.log, onEnd: cleanup.add };
    return await playRound({ stage: { ...stage, watched: [] }, run, promisedS }, order);
  } finally {
    await cleanup.run();
  }
}

/** What a load did, as lines of the verdict. */
export const measuredOf = (
  { done, waitP50, waitP99, mostBacklog, seen }: Round,
  promisedS: number,
): Verdict['measured'] => [
  { name: 'promised wait', value: `${promisedS} s` },
  { name: 'deliveries a second', value: significant(done) },
  { name: 'wait of half of the deliveries, at most', value: time(waitP50, 's') },
  { name: 'wait of 99 of 100 deliveries, at most', value: time(waitP99, 's') },
  { name: 'largest backlog, in deliveries', value: whole(mostBacklog) },
  { name: 'tweets that came, and were admitted', value: `${whole(seen.offered)}, ${whole(seen.admitted)}` },
  { name: 'answers 503', value: whole(seen.refusals) },
];
