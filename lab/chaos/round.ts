import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { postgresClock } from '#core/postgres.ts';
import { readRow } from '#core/rows.ts';
import { type Checked, checkRound } from '#lab/check/check-round.ts';
import { untilSettled } from '#lab/check/settled.ts';
import { type Done, runLoad } from '#lab/clients/load.ts';
import { countEverybody, type People, type Population, populate } from '#lab/clients/population.ts';
import type { Draft } from '#lab/clients/post.ts';
import { keepProbing, type Probed } from '#lab/clients/probe.ts';
import { type AcceptedTweet, Progress, watchProgress } from '#lab/clients/progress.ts';
import { type Caller, signIn } from '#lab/clients/session.ts';
import { type Inflicted, perform } from '#lab/faults/nemesis.ts';
import type { PlannedFault } from '#lab/faults/schedule.ts';
import type { Findings } from '#lab/harness/findings.ts';
import type { History } from '#lab/harness/history.ts';
import type { Random } from '#lab/harness/random.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import { checkWeb, type Held } from '#lab/stage/web-at-rest.ts';
import { warmTimelines } from '#prisma/seed/warm-timelines.ts';
import { type Speed, speedBetween, takeMark } from './speed.ts';

/** What every round of a run shares. */
export type RunContext = {
  stage: BreakableStage;
  people: People;
  /** The people who act, signed in. */
  callers: { authors: (Caller & { followers: number })[]; actors: Caller[] };
  findings: Findings;
  history: History;
};

const SETTLE = 30_000; // ms for the workers to start

/** Adds people to a stage and signs in those who act. */
export async function prepareRun(
  stage: BreakableStage,
  population: Population,
  notes: Pick<RunContext, 'findings' | 'history'>,
): Promise<RunContext> {
  const people = await populate({ pool: stage.pool, store: stage.timelines }, population);
  await untilSettled(stage.timelines, SETTLE);
  const { url } = stage.web;
  const authors = await Promise.all(people.authors.map((author) => signIn(url, author)));
  const actors = await Promise.all(people.actors.map((actor) => signIn(url, actor)));
  return { ...notes, stage, people, callers: { authors, actors } };
}

export type RoundOptions = {
  /** Every idempotency key begins with it. */
  name: string;
  random: Random;
  ms: number;
  faults: PlannedFault[];
  /** How many clients act at once. */
  clients: number;
  /** What the web process held after the round without faults. Undefined in that round. */
  before: Held | undefined;
};

/** What a round did, and how fast it went. */
export type RoundReport = {
  inflicted: Inflicted;
  speed: Speed;
  checked: Checked & { reads: number; progress: number; takenBack: number };
  posts: { accepted: number; refused: number; open: number };
  /** The results of {@link keepProbing}. */
  probed: Probed;
  /** What the web process holds at rest. */
  held: Held;
};

/** Runs load and faults for the time of the round. Then everything heals, comes to rest and is checked. */
export async function playRound(context: RunContext, options: RoundOptions): Promise<RoundReport> {
  const { stage, findings, history, people } = context;
  const { pool, timelines, crashes } = stage;
  history.note('round', { name: options.name, faults: options.faults.length });
  // The round before may have left cold timelines, in which nothing could be twice.
  await warmTimelines(pool, timelines, { from: 1, to: countEverybody(people) });
  const began = { at: await postgresClock(pool), ...(await newest(stage)) };
  const mark = await takeMark(pool);
  const progress = new Progress(findings, crashes);
  const { done, inflicted, probed } = await play(context, options, progress);
  const speed = await speedBetween(pool, mark, began.at);
  const atRest = await checkRound(stage, findings, { done, people, random: options.random, began });
  const held = await checkWeb(stage, findings, options.before);
  history.note('checked', { ...atRest, findings: findings.total });
  const underFaults = { reads: done.comparedReads, progress: progress.looks, takenBack: progress.takenBack };
  const checked = { ...atRest, ...underFaults };
  return { inflicted, speed, checked, probed, held, posts: countPosts(done.drafts) };
}

/** Load and nemesis end when the time is over. The watching goes on until the load has finished what it began. */
async function play(context: RunContext, options: RoundOptions, progress: Progress) {
  const { stage, callers, findings, history } = context;
  const { name, random, ms, faults, clients } = options;
  const [time, watching] = [new AbortController(), new AbortController()];
  setMaxListeners(0, time.signal); // every client and every fault waits for it
  const accepted: AcceptedTweet[] = [];
  const load = runLoad(
    {
      ...{ ...callers, name, random: random.fork(), clients, pool: stage.pool, findings, history },
      accepted: ({ tweetId, author }: Draft) => tweetId !== null && accepted.push({ tweetId, author }),
    },
    time.signal,
  );
  const watch = watchProgress({ authors: callers.authors, accepted, progress }, watching.signal);
  const probing = keepProbing(random.pick(callers.actors), { findings, slept: stage.slept }, time.signal);
  const nemesis = perform(faults, { stage, history, signal: time.signal });
  await Promise.race([sleep(ms), nemesis, load]);
  time.abort();
  const [inflicted, done] = await Promise.all([nemesis, load]);
  watching.abort();
  await watch;
  return { inflicted, done, probed: await probing };
}

const newestRow = z.object({ tweetId: z.int(), taskId: z.int() });

async function newest({ pool }: BreakableStage): Promise<{ tweetId: number; taskId: number }> {
  return readRow(pool, newestRow, {
    text: `
      SELECT (SELECT coalesce(max(id), 0) FROM tweet) AS "tweetId", (SELECT coalesce(max(id), 0) FROM task) AS "taskId"`,
  });
}

function countPosts(drafts: Done['drafts']) {
  const accepted = drafts.filter((draft) => draft.accepted.length > 0).length;
  const open = drafts.filter((draft) => draft.accepted.length === 0 && draft.open > 0).length;
  return { accepted, refused: drafts.length - accepted - open, open };
}
