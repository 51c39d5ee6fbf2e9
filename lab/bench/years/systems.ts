import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { forgetOnce, KEYS, type Kept } from '#core/retention/forget.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { seconds } from '#dev/log.ts';
import type { Run, Tools } from '#lab/harness/run-bench.ts';
import { whole } from '#lab/harness/table.ts';
import { type Audience, addFullAudience, howManyFit } from '#lab/load/full-timelines.ts';
import { addPast } from '#lab/load/past.ts';
import { addEdges, addPeople, settlePeople } from '#lab/load/people.ts';
import { openServers, type ServerStage, startWorkers } from '#lab/stage/stage.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';

export type Sizes = Record<'fanOuts' | 'timelines' | 'followers' | 'rounds' | 'lost' | 'daily', number>;

/** A system with two workers. The bench takes the place of the web process. */
export type System = ServerStage & {
  /** An author with twelve followers. */
  small: number;
  /** An author whose followers all have full timelines and follow nobody else. */
  large: Audience;
  /** Somebody who follows 3,000 of those who wrote the past, and has no timeline. */
  wide: number;
};

/** How long a system without settings keeps things. */
export const KEPT: Kept = { ...KEYS, chunkDays: 7, fanOutDays: 30 };

const AUTHORS = 6_000; // who wrote the past, in turn
const FOLLOWED = 3_000;
const AGE = 31; // days; to be forgotten are one day of fan-outs, weeks of chunks and a month of keys

/** Starts two systems of one kind, on servers of their own: one that has just begun, and one with a past. */
export async function openSystems(run: Run<keyof Sizes>): Promise<Record<'fresh' | 'aged', System>> {
  const fresh = await openSystem(run, 'fresh', 0);
  const aged = await openSystem(run, 'aged', run.sizes.fanOuts);
  return { fresh, aged };
}

async function openSystem(run: Run<keyof Sizes>, name: string, fanOuts: number): Promise<System> {
  const dataDir = join(run.dataDir, name);
  mkdirSync(dataDir, { recursive: true, mode: 0o711 }); // under root, PostgreSQL's user passes through it
  const stage = await openServers({ ...run, dataDir });
  await settleOnce(stage.pool, stage.store);
  const wide = await addWideReader(
    stage,
    fanOuts === 0 ? { ...PAST, fanOuts: AUTHORS, tasks: 0 } : past(fanOuts),
    run,
  );
  if (fanOuts > 0) await addOthers(stage, run);
  run.log(`${name}: an author with ${whole(run.sizes.followers)} followers whose timelines are full …`);
  const large = await addFullAudience(stage, run.sizes.followers);
  const { id: small } = await addAuthorWithFollowers(stage.pool, stage.store, {
    handle: 'small',
    followers: 12,
    tweets: 10,
  });
  await settlePeople(stage.pool);
  const begun = performance.now();
  const rows = await forgetAll(stage, KEPT);
  run.log(`${name}: ${whole(rows)} rows of what was too old, in ${seconds(performance.now() - begun)}`);
  // After years this work would be long done by the background. After a past made in minutes it is still to do.
  await stage.pool.query('VACUUM (FREEZE, ANALYZE)');
  await stage.pool.query('CHECKPOINT');
  await startWorkers([`${name} A`, `${name} B`], stage, run);
  return { ...stage, small, large, wide };
}

/** Small tweets, as nearly all are. */
const PAST = { chunks: 1, followers: 12, days: AGE };
const past = (fanOuts: number) => ({ ...PAST, fanOuts, tasks: Math.ceil(fanOuts / 20) });

/** The reader of many prolific authors. On a fresh system these have one tweet each. */
async function addWideReader(
  stage: ServerStage,
  wanted: Omit<Parameters<typeof addPast>[1], 'authors'>,
  { log }: Tools,
) {
  const authors = (await addPeople(stage.pool, 'past', AUTHORS)).map(({ id }) => id);
  await addPast(stage.pool, { ...wanted, authors }, (done) => log(`${whole(done)} fan-outs of the past …`));
  const [reader] = await addPeople(stage.pool, 'wide', 1);
  if (!reader) throw new Error('Expected a reader, got none');
  const followees = authors.slice(0, FOLLOWED);
  await addEdges(stage.pool, { followees, followers: followees.map(() => reader.id) });
  return reader.id;
}

/** Adds the timelines of everybody else, all of them full. */
async function addOthers(stage: ServerStage, { sizes, log }: Run<keyof Sizes>): Promise<void> {
  const count = howManyFit(sizes.timelines, stage.store);
  log(`${whole(count)} other timelines, all full …`);
  await addFullAudience(stage, count, 'others');
}

/** Forgets all that is to be forgotten, in the batches of the workers. Returns how many rows were looked at. */
export async function forgetAll({ pool }: Pick<ServerStage, 'pool'>, kept: Kept): Promise<number> {
  let rows = 0;
  for (;;) {
    const found = await forgetOnce(pool, kept);
    if (found === 0) return rows;
    rows += found;
  }
}

/** Milliseconds to rebuild the timeline of the wide reader, with its first page. */
export async function rebuildWide({ pool, store, wide }: System): Promise<number> {
  const begun = performance.now();
  const page = await readHome({ pool, timelines: store }, { userId: wide, limit: 50 });
  const ms = performance.now() - begun;
  if (page.source !== 'timeline' || page.tweets.length < 50)
    throw new Error(`Expected a timeline of 50 tweets, got ${page.tweets.length} from ${page.source}`);
  return ms;
}

/** What {@link KEPT} is, seen from so many days ahead. Simulated rows are dated that far into the future. */
export const daysAhead = (days: number): Kept => ({
  keyDays: KEPT.keyDays - days,
  taskKeyDays: KEPT.taskKeyDays - days,
  chunkDays: KEPT.chunkDays - days,
  fanOutDays: KEPT.fanOutDays - days,
});
