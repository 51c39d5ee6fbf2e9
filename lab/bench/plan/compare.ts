import { setImmediate } from 'node:timers/promises';
import type { MeasuredRate } from '#core/admission/admission.ts';
import { SECOND } from '#core/durations.ts';
import { measureCapacity } from '#lab/bench/overload/capacity.ts';
import { lastTweet, lastTwoThirds, meanOf, playRound, readWaitsSince } from '#lab/bench/overload/round.ts';
import { watch } from '#lab/bench/overload/watch.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { Random } from '#lab/harness/random.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import { significant } from '#lab/harness/table.ts';
import { addFullAudience } from '#lab/load/full-timelines.ts';
import { postAndDeliver } from '#lab/load/post.ts';
import { oneByOne, varying } from '#lab/plan/arrivals.ts';
import type { Part } from '#lab/plan/lanes.ts';
import { Model } from '#lab/plan/model.ts';
import type { LinkedStage } from '#lab/stage/linked-stage.ts';

export type Sizes = Record<'followers' | 'large' | 'seconds' | 'rounds' | 'wait' | 'delay', number>;

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
const WAITING = 1_000_000; // deliveries

/** Two figures of the system: one of small tweets, one of large tweets. */
type OfEach = { small: number; large: number };

/**
 * What the model is told beforehand. `workS` is the time that each kind of tweet takes while enough others wait, and `aloneS`
 * the mean wait of its deliveries while nothing else is there. Both in seconds.
 */
type Known = { workS: OfEach; aloneS: OfEach; rate: Required<MeasuredRate> };

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
  const played: Played[] = [];
  for (const isSlowed of [true, false]) {
    if (isSlowed) stage.link.slow(run.sizes.delay);
    else stage.link.heal();
    const known = await learn(stage, authors, run);
    for (const load of isSlowed ? SLOWED : AT_FULL_SPEED) {
      run.log(`${load.name} …`);
      const playing = { load, known, sizes: run.sizes };
      played.push({ playing, isSlowed, real: await playReal(stage, authors, { playing, run }) });
    }
  }
  run.log('the model …');
  const compared: Compared[] = [];
  for (const { playing, isSlowed, real } of played)
    compared.push({
      ...{ load: playing.load, isSlowed, real: meansOf(real), model: meansOf(await playModels(playing)) },
    });
  return compared;
}

/** What each round of a load came to. The model is played later, because it holds up the link, which is in this process. */
type Played = { playing: Playing; isSlowed: boolean; real: Figures[] };

const inWords = ({ done, admitted, meanBacklog, meanWaitS }: Figures): string =>
  `${significant(done)}/s, ${significant(admitted)} admitted, backlog ${significant(meanBacklog)}, wait ${significant(meanWaitS)} s`;

type Real = { playing: Playing; run: Run<string> };

/** Plays a load with other tweets in each round. The means of all rounds count, because one differs from the next by a tenth. */
async function playReal(stage: LinkedStage, authors: Authors, { playing, run }: Real): Promise<Figures[]> {
  const { load, sizes } = playing;
  const { seconds, rounds, wait } = sizes;
  const figures: Figures[] = [];
  for (let seed = 1; seed <= rounds; seed++) {
    const perSecond = perSecondOf(playing);
    const order = { authors: inTurn(load, authors), perSecond, seconds, maxWaitS: wait, jitter: true, seed };
    const { done, seen, meanBacklog, meanWaitS } = await playRound({ stage, run, promisedS: wait }, order);
    const round = { done, admitted: seen.admitted, meanBacklog, meanWaitS };
    run.log(`  ${inWords(round)}`);
    figures.push(round);
  }
  return figures;
}

const perSecondOf = ({ load, known }: Playing): number => load.times / meanWork(load, known);

/** Plays the tweets of each round to the model, often: they come at the same times, and the rest is random. */
async function playModels(playing: Playing): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (let n = 0; n < playing.sizes.rounds * PLAYS; n++) {
    figures.push(playModel(playing, 1 + Math.floor(n / PLAYS)));
    await setImmediate(); // for the link: workers take a store that is silent for seconds for lost
  }
  return figures;
}

const PLAYS = 20; // for each round
const NOTHING: Figures = { done: 0, admitted: 0, meanBacklog: 0, meanWaitS: 0 };

const meansOf = (all: Figures[]): Figures =>
  mapValues(NOTHING, (_, name) => sumOf(all, (each) => each[name]) / all.length);

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
  const capacity = (ids: number[]) => measureCapacity(stage, { authors: ids, seconds, waiting: WAITING });
  const small = followers / (await capacity(authors.small));
  const ofLarge = capacity(authors.large);
  // The rate is a moving mean, and so is its deviation: at one moment it may be half as large again as on average.
  const busy = lastTwoThirds(await watch(stage, ofLarge));
  const rate = sumOf(busy, (sample) => sample.rate) / busy.length;
  const deviation = sumOf(busy, (sample) => sample.deviation) / busy.length;
  const workS = { small, large: large / (await ofLarge) };
  const aloneS = {
    small: await meanWaitAlone(stage, authors.small),
    large: await meanWaitAlone(stage, authors.large),
  };
  const ms = (seconds: number) => `${significant(seconds * SECOND)} ms`;
  run.log(`a tweet to ${followers} takes ${ms(workS.small)}, one to ${large} ${ms(workS.large)}`);
  run.log(`alone their deliveries wait for ${ms(aloneS.small)} and ${ms(aloneS.large)}`);
  run.log(`measured rate ${significant(rate)}, mean deviation ${significant(deviation)}`);
  return { workS, aloneS, rate: { rate, deviation } };
}

/** The mean wait of deliveries, in seconds, when the next tweet comes after the last one is delivered. */
async function meanWaitAlone(stage: LinkedStage, ids: number[]): Promise<number> {
  const before = await lastTweet(stage);
  for (const id of ids) await postAndDeliver(stage, id);
  return meanOf(await readWaitsSince(stage, before));
}

const meanWork = ({ small, large }: Load, { workS }: Known): number =>
  (small * workS.small + large * workS.large) / (small + large);

type Playing = { load: Load; known: Known; sizes: Sizes };

/** The whole machine as one part. Two times with two sizes of tweets say what is constant, and what goes with followers. */
function partOf({ known: { workS }, sizes: { followers, large } }: Playing): Part {
  const perDelivery = Math.max(0, (workS.large - workS.small) / (large - followers));
  return { name: 'all', cores: 1, perTweet: Math.max(0, workS.large - large * perDelivery), perDelivery };
}

/** What the deliveries of a lone tweet wait for beside its work. On average they wait for half of that. */
const latencyS = ({ workS, aloneS }: Known, kind: keyof OfEach): number =>
  Math.max(0, aloneS[kind] - workS[kind] / 2);

/** Plays the load to the model, and looks at the same last two thirds. */
function playModel(playing: Playing, seed: number): Figures {
  const { load, known, sizes } = playing;
  const { followers, large, seconds, wait } = sizes;
  const followersInTurn = inTurn(load, { small: [followers], large: [large] });
  const arrivals = new Random(seed);
  let n = 0;
  const next = () => followersInTurn[n++ % followersInTurn.length] ?? large;
  const model = new Model(
    {
      ...{ parts: [partOf(playing)], maxWaitS: wait, random: Math.random, rate: known.rate },
      latencyS: (to) => latencyS(known, to === large ? 'large' : 'small'),
      sample: varying(known.rate.deviation / known.rate.rate, Math.random),
    },
    oneByOne(perSecondOf(playing), () => arrivals.next(), next),
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
