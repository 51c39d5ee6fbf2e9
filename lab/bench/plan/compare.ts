import { readFlowSample } from '#core/console/flow.ts';
import { SECOND } from '#core/durations.ts';
import { measureCapacity } from '#lab/bench/overload/capacity.ts';
import { playRound, type Round } from '#lab/bench/overload/round.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { median } from '#lab/harness/statistics.ts';
import { significant } from '#lab/harness/table.ts';
import { addFullAudience } from '#lab/load/full-timelines.ts';
import { deliveryTime, postAndDeliver } from '#lab/load/post.ts';
import { oneByOne, varying } from '#lab/plan/arrivals.ts';
import { type Part, workOf } from '#lab/plan/lanes.ts';
import { Model, type System } from '#lab/plan/model.ts';
import type { Stage } from '#lab/stage/stage.ts';

export type Sizes = { followers: number; large: number; seconds: number; wait: number };

/** A round of load: in which proportion small and large tweets come, and how many times what the system can do. */
export type Load = { name: string; small: number; large: number; times: number };

const LOADS: Load[] = [
  { name: 'large tweets, half of what it can do', small: 0, large: 1, times: 0.5 },
  { name: 'large tweets, three times as much', small: 0, large: 1, times: 3 },
  { name: 'nine small for a large one, twice as much', small: 9, large: 1, times: 2 },
];

export type Figures = { done: number; admitted: number; meanBacklog: number; meanWaitS: number };

/** The same load on the real system, and as the model foresees it: `told` is the model that was told each half second's pace. */
export type Compared = { load: Load; real: Figures; foreseen: Figures; told: Figures };

const AUTHORS = 10;
const ALONE = 10; // tweets that meet an idle system
const WAITING = 1_000_000; // deliveries

/** What the model is told beforehand: how fast the system is with one kind of tweets, and how fast when nothing waits. */
type Known = { smallS: number; largeS: number; deviation: number; aloneS: number };

/** Plays each load to the system, then to the model. */
export async function compare(stage: Stage, run: Run<string> & { sizes: Sizes }): Promise<Compared[]> {
  const { followers, large, wait, seconds } = run.sizes;
  run.log('authors, and followers whose timelines are full …');
  const authors = {
    small: await addAuthors(stage, 's', followers),
    large: await addAuthors(stage, 'l', large),
  };
  const known = await learn(stage, authors, run.sizes);
  const [small, each] = [known.smallS, known.largeS].map((time) => significant(time * SECOND));
  run.log(`a tweet to ${followers} takes ${small} ms, one to ${large} ${each} ms`);
  const compared: Compared[] = [];
  for (const load of LOADS) {
    run.log(`${load.name} …`);
    const perSecond = load.times / meanWork(load, known);
    const order = { authors: inTurn(load, authors), perSecond, seconds, maxWaitS: wait, jitter: true };
    const round = await playRound({ stage, run, promisedS: wait }, order);
    compared.push(besideModel({ load, known, perSecond, sizes: run.sizes }, round));
  }
  return compared;
}

async function addAuthors(stage: Stage, handle: string, followers: number): Promise<number[]> {
  const ids: number[] = [];
  for (let n = 0; n < AUTHORS; n++)
    ids.push((await addFullAudience(stage, followers, `${handle}${n}`)).authorId);
  return ids;
}

type Authors = { small: number[]; large: number[] };

/** Small and large tweets in turn, in the proportion of the load. */
const inTurn = <T>({ small, large }: Load, of: { small: T[]; large: T[] }): T[] =>
  of.large.flatMap((each) => [
    ...Array.from({ length: small }, (_, n) => of.small[n % of.small.length] ?? each),
    ...Array.from({ length: large }, () => each),
  ]);

async function learn(stage: Stage, authors: Authors, { followers, large, seconds }: Sizes): Promise<Known> {
  const times: number[] = [];
  for (let n = 0; n < ALONE; n++)
    times.push(deliveryTime(await postAndDeliver(stage, authors.small[n % AUTHORS] ?? 0)));
  const capacity = (ids: number[]) => measureCapacity(stage, { authors: ids, seconds, waiting: WAITING });
  const smallS = followers / (await capacity(authors.small));
  const largeS = large / (await capacity(authors.large));
  const { rate, deviation } = await readFlowSample(stage.pool);
  return { smallS, largeS, deviation: deviation / rate, aloneS: median(times) / SECOND };
}

const meanWork = ({ small, large }: Load, { smallS, largeS }: Known): number =>
  (small * smallS + large * largeS) / (small + large);

type Playing = { load: Load; known: Known; perSecond: number; sizes: Sizes };

function besideModel(playing: Playing, round: Round): Compared {
  const { done, seen, meanBacklog, meanWaitS } = round;
  const part = partOf(playing);
  return {
    load: playing.load,
    real: { done, admitted: seen.admitted, meanBacklog, meanWaitS },
    foreseen: playModel(playing, part, varying(playing.known.deviation, Math.random)),
    told: playModel(playing, part, paceOf(round, part)),
  };
}

/** The whole machine as one part. Two times with two sizes of tweets say what is constant, and what goes with followers. */
function partOf({ known: { smallS, largeS }, sizes: { followers, large } }: Playing): Part {
  const perDelivery = Math.max(0, (largeS - smallS) / (large - followers));
  return { name: 'all', cores: 1, perTweet: Math.max(0, smallS - followers * perDelivery), perDelivery };
}

/** How much work was done in each half second of a round. Where nothing waited that says nothing: there it is 1. */
function paceOf({ loaded }: Round, part: Part): System['pace'] {
  const start = loaded[0]?.at ?? 0;
  const at = (second: number) => loaded.findLast((sample) => sample.at - start <= second) ?? loaded[0];
  return (second) => {
    const [from, to] = [at(second), at(second + 0.5)];
    if (!from || !to || to.at <= from.at || Math.min(from.backlog, to.backlog) === 0) return 1;
    const work =
      (to.done - from.done) * part.perDelivery + (to.fanOutsDone - from.fanOutsDone) * part.perTweet;
    return work / (to.at - from.at);
  };
}

/** Plays the load to the model, and looks at the same last two thirds. */
function playModel({ load, known, perSecond, sizes }: Playing, part: Part, pace: System['pace']): Figures {
  const { followers, large, seconds, wait } = sizes;
  const followersInTurn = inTurn(load, { small: [followers], large: [large] });
  let n = 0;
  const next = () => followersInTurn[n++ % followersInTurn.length] ?? large;
  const alone = Math.max(0, known.aloneS - workOf(part, followers)); // it was measured with its work
  const system = { parts: [part], latencyS: alone, maxWaitS: wait, pace, random: Math.random };
  const model = new Model(system, oneByOne(perSecond, Math.random, next));
  model.runTo(seconds / 3);
  const { admitted } = model.outcome;
  model.begin();
  model.runTo(seconds);
  const { outcome, waits } = model;
  return {
    done: outcome.done / outcome.seconds,
    admitted: admitted + outcome.admitted,
    meanBacklog: outcome.meanBacklog,
    meanWaitS: waits.meanS,
  };
}
