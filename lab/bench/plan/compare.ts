import type { MeasuredRate } from '#core/admission/admission.ts';
import { readFlowSample } from '#core/console/flow.ts';
import { SECOND } from '#core/durations.ts';
import { measureCapacity } from '#lab/bench/overload/capacity.ts';
import { playRound } from '#lab/bench/overload/round.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { Random } from '#lab/harness/random.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { median, sumOf } from '#lab/harness/statistics.ts';
import { significant } from '#lab/harness/table.ts';
import { addFullAudience } from '#lab/load/full-timelines.ts';
import { deliveryTime, postAndDeliver } from '#lab/load/post.ts';
import { oneByOne, varying } from '#lab/plan/arrivals.ts';
import type { Part } from '#lab/plan/lanes.ts';
import { Model } from '#lab/plan/model.ts';
import type { LinkedStage } from '#lab/stage/linked-stage.ts';

export type Sizes = Record<'followers' | 'large' | 'seconds' | 'wait' | 'delay', number>;

/** A round of load: in which proportion small and large tweets come, and how many times what the system can do. */
export type Load = { name: string; small: number; large: number; times: number };

/** Only large tweets: behind a slow link each lane is as fast as its link, and they do not share it. */
const SLOWED: Load[] = [
  { name: 'half of what it can do', small: 0, large: 1, times: 0.5 },
  { name: 'one and a half times as much', small: 0, large: 1, times: 1.5 },
  { name: 'three times as much', small: 0, large: 1, times: 3 },
];
const AT_FULL_SPEED: Load[] = [
  { name: 'full speed, three times as much', small: 0, large: 1, times: 3 },
  { name: 'full speed, nine small for a large one, twice', small: 9, large: 1, times: 2 },
];

export type Figures = { done: number; admitted: number; meanBacklog: number; meanWaitS: number };

/** The same tweets on the real system, and as the model foresees it. */
export type Compared = { load: Load; isSlowed: boolean; real: Figures; model: Figures };

const AUTHORS = 10;
const ALONE = 10; // tweets that meet an idle system
const WAITING = 1_000_000; // deliveries

/** What the model is told beforehand: how fast the system is with one kind of tweets, and how fast when nothing waits. */
type Known = { smallS: number; largeS: number; rate: Required<MeasuredRate>; aloneS: number };

/**
 * Plays each load to the system, then to the model. First the workers reach their store over a link that delays everything,
 * so that other work on the machine changes little. Then they reach it at full speed, and the machine has to be quiet.
 */
export async function compare(stage: LinkedStage, run: Run<string> & { sizes: Sizes }): Promise<Compared[]> {
  run.log('authors, and followers whose timelines are full …');
  const authors = {
    small: await addAuthors(stage, 's', run.sizes.followers),
    large: await addAuthors(stage, 'l', run.sizes.large),
  };
  const compared: Compared[] = [];
  for (const isSlowed of [true, false]) {
    if (isSlowed) stage.link.slow(run.sizes.delay);
    else stage.link.heal();
    const known = await learn(stage, authors, run);
    for (const load of isSlowed ? SLOWED : AT_FULL_SPEED) {
      run.log(`${load.name} …`);
      const playing = { load, known, sizes: run.sizes };
      const both = { load, isSlowed, ...(await playBoth(stage, authors, { playing, run })) };
      compared.push(both);
      run.log(`  real ${inWords(both.real)}; model ${inWords(both.model)}`);
    }
  }
  return compared;
}

const inWords = ({ done, admitted, meanBacklog, meanWaitS }: Figures): string =>
  `${significant(done)}/s, ${significant(admitted)} admitted, backlog ${significant(meanBacklog)}, wait ${significant(meanWaitS)} s`;

type Both = { playing: Playing; run: Run<string> };

/** Tweets come to both at the same times. What else is random in the model is played often, and its mean counts. */
async function playBoth(stage: LinkedStage, authors: Authors, { playing, run }: Both) {
  const { load, known, sizes } = playing;
  const { seconds, wait } = sizes;
  const perSecond = load.times / meanWork(load, known);
  const authorsInTurn = inTurn(load, authors);
  const order = {
    ...{ authors: authorsInTurn, perSecond, seconds, maxWaitS: wait, jitter: true, seed: SEED },
  };
  const { done, seen, meanBacklog, meanWaitS } = await playRound({ stage, run, promisedS: wait }, order);
  const plays = Array.from({ length: PLAYS }, () => playModel(playing, perSecond));
  const meanOf = (name: keyof Figures) => sumOf(plays, (play) => play[name]) / PLAYS;
  return {
    real: { done, admitted: seen.admitted, meanBacklog, meanWaitS },
    model: mapValues(NOTHING, (_, name) => meanOf(name)),
  };
}

const SEED = 1;
const PLAYS = 50;
const NOTHING: Figures = { done: 0, admitted: 0, meanBacklog: 0, meanWaitS: 0 };

async function addAuthors(stage: LinkedStage, handle: string, followers: number): Promise<number[]> {
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

async function learn(
  stage: LinkedStage,
  authors: Authors,
  run: Run<string> & { sizes: Sizes },
): Promise<Known> {
  const { followers, large, seconds } = run.sizes;
  const times: number[] = [];
  for (let n = 0; n < ALONE; n++)
    times.push(deliveryTime(await postAndDeliver(stage, authors.small[n % AUTHORS] ?? 0)));
  const capacity = (ids: number[]) => measureCapacity(stage, { authors: ids, seconds, waiting: WAITING });
  const smallS = followers / (await capacity(authors.small));
  const largeS = large / (await capacity(authors.large));
  const { rate, deviation } = await readFlowSample(stage.pool);
  const [one, other] = [smallS, largeS].map((time) => significant(time * SECOND));
  run.log(`a tweet to ${followers} takes ${one} ms, one to ${large} ${other} ms`);
  return { smallS, largeS, rate: { rate, deviation }, aloneS: median(times) / SECOND };
}

const meanWork = ({ small, large }: Load, { smallS, largeS }: Known): number =>
  (small * smallS + large * largeS) / (small + large);

type Playing = { load: Load; known: Known; sizes: Sizes };

/** The whole machine as one part. Two times with two sizes of tweets say what is constant, and what goes with followers. */
function partOf({ known: { smallS, largeS }, sizes: { followers, large } }: Playing): Part {
  const perDelivery = Math.max(0, (largeS - smallS) / (large - followers));
  return { name: 'all', cores: 1, perTweet: Math.max(0, largeS - large * perDelivery), perDelivery };
}

/** Plays the load to the model, and looks at the same last two thirds. */
function playModel(playing: Playing, perSecond: number): Figures {
  const { load, known, sizes } = playing;
  const { followers, large, seconds, wait } = sizes;
  const part = partOf(playing);
  const followersInTurn = inTurn(load, { small: [followers], large: [large] });
  const arrivals = new Random(SEED);
  let n = 0;
  const next = () => followersInTurn[n++ % followersInTurn.length] ?? large;
  const model = new Model(
    {
      ...{ parts: [part], maxWaitS: wait, random: Math.random, rate: known.rate },
      latencyS: known.aloneS,
      pace: varying(known.rate.deviation / known.rate.rate, Math.random),
    },
    oneByOne(perSecond, () => arrivals.next(), next),
  );
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
