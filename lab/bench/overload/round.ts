import { z } from 'zod';
import { flowOf } from '#core/console/flow.ts';
import { type LittlesLaw, littlesLaw } from '#core/console/littles-law.ts';
import { type Weighted, weightedPercentile } from '#core/console/waits.ts';
import { idRow, readRow, readRows } from '#core/rows.ts';
import type { Tools } from '#lab/harness/run-bench.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { type CpuUse, cpuBetween, readCpu } from '#lab/stage/process-use.ts';
import { quiet } from '#lab/stage/quiet.ts';
import type { Stage } from '#lab/stage/stage.ts';
import { startScript } from '#lab/stage/start-script.ts';
import { type Orders, type Seen, seen } from './policies.ts';
import { aboveBound, type Sample, watch } from './watch.ts';

/** What came of one load under one policy. Rates and Little's law are those of its last two thirds. */
export type Round = {
  seen: Seen;
  /** Deliveries done a second, and those of them that were done within the promised wait. */
  done: number;
  inTime: number;
  /** Seconds that admitted deliveries waited. One that was not done at the end counts with its wait until then. */
  waitP50: number;
  waitP99: number;
  mostBacklog: number;
  aboveBound: number;
  /** Bytes by which the broker's Redis grew. */
  grownBytes: number;
  /** Deliveries in the system on average (L), and the mean wait in seconds of those that were done in that time (W). */
  meanBacklog: number;
  meanWaitS: number;
  law: LittlesLaw | null;
  /** CPU seconds of each process, and of everything else on the machine, while the load ran. */
  cpu: CpuUse;
  /** The backlog from moment to moment, from the first tweet to the last. */
  loaded: Sample[];
};

/** The system, and the processes whose CPU is measured. */
type Playground = Connections & Pick<Stage, 'watched'>;
type Given = { stage: Playground; run: Tools; promisedS: number };

/** Runs the load in a process of its own and watches. Leaves the system empty. */
export async function playRound({ stage, run, promisedS }: Given, order: Orders): Promise<Round> {
  const before = await lastTweet(stage);
  const cpuBefore = readCpu(stage.watched);
  const loading = startLoad(stage, run, order);
  const samples = await watch(stage, loading);
  const saw = await loading;
  const cpu = cpuBetween(cpuBefore, readCpu(stage.watched));
  if (order.maxWaitS !== null) await quiet(stage);
  const waits = await readWaitsSince(stage, before);
  const loaded = within(samples, await readLoadedTime(stage, before));
  await cancelRest(stage);
  await quiet(stage);
  return { seen: saw, cpu, loaded, ...sumUp({ samples, loaded, waits }, promisedS) };
}

/**
 * How long deliveries waited, weighted by how many they are. Deliveries that are not done count with their wait so far,
 * and have no end.
 */
const waiting = z.object({ weight: z.number(), value: z.number(), finishedAt: z.number().nullable() });
type Waiting = z.infer<typeof waiting>;

type Watched = { samples: Sample[]; loaded: Sample[]; waits: Waiting[] };

function sumUp(
  { samples, loaded, waits }: Watched,
  promisedS: number,
): Omit<Round, 'seen' | 'cpu' | 'loaded'> {
  const window = lastTwoThirds(loaded);
  const flow = flowOf(window);
  const finished = finishedWithin(window, waits);
  const inTime = finished.filter(({ value }) => value <= promisedS);
  const meanWaitS = meanOf(finished);
  return {
    done: flow?.completions ?? 0,
    inTime: weight(inTime) / (endOf(window) - startOf(window)),
    waitP50: percentileOf(waits, 50),
    waitP99: percentileOf(waits, 99),
    mostBacklog: Math.max(...samples.map(({ backlog }) => backlog)),
    aboveBound: aboveBound(samples, promisedS),
    grownBytes: Math.max(...samples.map(({ bytes }) => bytes)) - (samples[0]?.bytes ?? 0),
    meanBacklog: flow?.meanBacklog ?? 0,
    meanWaitS,
    law: flow && littlesLaw(flow, { meanWaitS, taken: 0, limit: 0 }),
  };
}

/** NaN when no tweet came. */
const percentileOf = (waits: Waiting[], percent: number): number =>
  waits.length > 0 ? weightedPercentile(waits, percent) : Number.NaN;

const startOf = (samples: Sample[]) => samples[0]?.at ?? 0;
const endOf = (samples: Sample[]) => samples.at(-1)?.at ?? 0;
const weight = (values: Weighted[]) => sumOf(values, (each) => each.weight);

/** NaN without values. */
export const meanOf = (values: Weighted[]): number =>
  sumOf(values, (each) => each.weight * each.value) / weight(values);

function finishedWithin(samples: Sample[], waits: Waiting[]): Waiting[] {
  const [from, to] = [startOf(samples), endOf(samples)];
  return waits.filter(({ finishedAt: at }) => at !== null && at > from && at <= to);
}

type Time = z.infer<typeof loadedTime>;
const loadedTime = z.object({ from: z.number().nullable(), to: z.number().nullable() });

/** When the first and the last tweet were accepted. Without it the load process's own start and end would count too. */
const readLoadedTime = ({ pool }: Connections, tweetId: number): Promise<Time> =>
  readRow(pool, loadedTime, {
    text: `SELECT extract(epoch FROM min(accepted_at))::float8 AS from, extract(epoch FROM max(accepted_at))::float8 AS to
     FROM fan_out WHERE tweet_id > $1`,
    values: [tweetId],
  });

const within = (samples: Sample[], { from, to }: Time): Sample[] =>
  samples.filter(({ at }) => from !== null && to !== null && at >= from && at <= to);

/** The samples without the time in which the backlog fills up. */
export function lastTwoThirds(samples: Sample[]): Sample[] {
  const [from, to] = [startOf(samples), endOf(samples)];
  return samples.filter(({ at }) => at >= from + (to - from) / 3);
}

/** Plays a load in a process of its own, and resolves with what it saw. */
export async function startLoad(
  stage: Pick<Connections, 'env'>,
  { log, onEnd }: Given['run'],
  order: Orders,
): Promise<Seen> {
  const said: string[] = [];
  const output = (line: string) => void (line.startsWith('{') ? said.push(line) : log(line));
  const own = { name: 'load', env: stage.env, output };
  const load = startScript(['lab/bench/overload/load.ts', JSON.stringify(order)], own, { log, onEnd });
  const { code } = await load.exited;
  const [last] = said.slice(-1);
  if (code !== 0 || last === undefined)
    throw new Error(`Expected the load process to end well, it ended with ${code}`);
  return seen.parse(JSON.parse(last));
}

/** The id of the newest tweet. */
export async function lastTweet({ pool }: Connections): Promise<number> {
  const { id } = await readRow(pool, idRow, { text: 'SELECT last_value AS id FROM tweet_id_seq' });
  return id;
}

/** How long each chunk took from its tweet's acceptance, or has waited so far when it is not done. */
export async function readWaitsSince({ pool }: Connections, tweetId: number): Promise<Waiting[]> {
  return readRows(pool, waiting, {
    text: `SELECT c.expected AS weight, extract(epoch FROM c.finished_at - f.accepted_at)::float8 AS value,
       extract(epoch FROM c.finished_at)::float8 AS "finishedAt"
     FROM fan_out f JOIN chunk c ON c.tweet_id = f.tweet_id WHERE f.tweet_id > $1 AND c.state = 'delivered'
     UNION ALL
     SELECT expected - delivered - cold - gone, extract(epoch FROM clock_timestamp() - accepted_at)::float8, NULL
     FROM fan_out WHERE tweet_id > $1 AND state IN ('waiting', 'delivering')`,
    values: [tweetId],
  });
}

/** Cancels what would still take minutes without a limit. */
async function cancelRest({ pool }: Connections): Promise<void> {
  await pool.query(
    `UPDATE fan_out SET state = 'cancelled', finished_at = clock_timestamp() WHERE state IN ('waiting', 'delivering')`,
  );
}
