import type pg from 'pg';
import { z } from 'zod';
import { time } from '#core/lab/race-result.ts';
import { readRow, readRows } from '#core/rows.ts';
import { countTrends } from '#core/trends/count-trends.ts';
import { termsOf } from '#core/trends/terms.ts';
import { readTrends, TREND_HOURS } from '#core/trends/trends.ts';
import { median } from '#lab/harness/statistics.ts';
import type { Experiment } from './experiment.ts';
import type { RunStage } from './run-stage.ts';

const PLACES = 10;
const READS = 10; // in each way, after each tweet

/** Reads trends in two ways: counted in advance, and counted at each read. */
export const inAdvanceOrAtRead: Experiment = {
  info: {
    id: 'in-advance-or-at-read',
    title: 'Work done in advance, or at read',
    statement:
      'What many people read and what changes slowly is counted in advance from time to time, and not at each read.',
    question: `Trends are counted every 30 s, and everybody reads them. How does that compare with counting the tweets of the last ${TREND_HOURS} hours at each read?`,
    answers: [
      { id: 'same', text: 'It is as fast, and as new.' },
      { id: 'older', text: 'It is faster, and a little old.' },
      { id: 'slower', text: 'It is slower.' },
    ],
    breaks: 'Nothing. It posts a few tweets, reads in both ways, and has the trends counted once more.',
    why: 'A task that runs on a schedule counts the minutes that have changed and writes twenty rows. Reading them is one lookup, however much is tweeted. Tweets that are newer than the count are not in it (core/trends/count-trends.ts, worker/tasks/kinds/trends.ts).',
    decision: 'docs/decisions/014-tasks-are-rows.md',
    size: { of: 'tweets', usual: 10, most: 50 },
    takes: 10,
  },
  async run(stage) {
    const { pool } = stage.connections;
    const looks: Look[] = [];
    for (let n = 0; n < stage.options.size; n++) looks.push(...(await lookAround(stage)));
    const before = performance.now();
    await countTrends(pool);
    const countMs = performance.now() - before;
    const after = await unseen(pool, stage.accepted);
    const middle = (of: (look: Look) => number) => median(looks.map(of));
    const [read, computed] = [middle((look) => look.readMs), middle((look) => look.computedMs)];
    const mostUnseen = Math.max(...looks.map((look) => look.unseen));
    return {
      answer: () => {
        if (read >= computed) return 'slower';
        return mostUnseen > 0 ? 'older' : 'same';
      },
      findings: after > 0 ? [`${after} tweets are not in the trends that were counted after them`] : [],
      measured: [
        { name: 'read what was counted in advance', value: time(read) },
        { name: `count the tweets of the last ${TREND_HOURS} hours at read`, value: time(computed) },
        {
          name: 'tweets that each read counts',
          value: String(Math.max(...looks.map((look) => look.tweets))),
        },
        { name: 'most said, counted at read', value: looks.at(-1)?.most ?? 'nothing' },
        { name: 'counted in advance: old by', value: time(middle((look) => look.ageMs)) },
        { name: 'counted in advance: tweets that are not in it yet, at most', value: String(mostUnseen) },
        { name: 'counted at read: old by', value: '0 ms' },
        { name: 'one counting in advance, for all readers of the next 30 s', value: time(countMs) },
      ],
    };
  },
};

/** One read, in both ways. */
type Look = {
  readMs: number;
  computedMs: number;
  tweets: number;
  most: string;
  ageMs: number;
  unseen: number;
};

/** Posts one tweet, then reads in both ways several times. */
async function lookAround(stage: RunStage): Promise<Look[]> {
  const { pool } = stage.connections;
  const [draft] = await stage.postMany(1);
  if (draft?.tweetId && stage.drafts.length === 1) stage.show(draft);
  const looks: Look[] = [];
  for (let n = 0; n < READS; n++) {
    const began = performance.now();
    const { countedAt } = await readTrends(pool, PLACES);
    const readMs = performance.now() - began;
    const { tweets, most } = await computeTrends(pool);
    const computedMs = performance.now() - began - readMs;
    const ageMs = countedAt === null ? Number.NaN : Date.now() - Date.parse(countedAt);
    looks.push({ readMs, computedMs, tweets, most, ageMs, unseen: await unseen(pool) });
  }
  return looks;
}

const said = z.object({ text: z.string() });

/** Counts the terms of all tweets, as the task does for the minutes that have changed. */
async function computeTrends(pool: pg.Pool): Promise<{ tweets: number; most: string }> {
  const rows = await readRows(pool, said, {
    text: `SELECT text FROM tweet WHERE created_at >= clock_timestamp() - $1 * interval '1 h' AND deleted_at IS NULL`,
    values: [TREND_HOURS],
  });
  const counts = new Map<string, number>();
  for (const { text } of rows)
    for (const term of termsOf(text)) counts.set(term, (counts.get(term) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return { tweets: rows.length, most: most ? `${most[0]}, ${most[1]} tweets` : 'nothing' };
}

/** How many tweets, or how many of these, are newer than the trends. */
async function unseen(pool: pg.Pool, among: number[] | null = null): Promise<number> {
  const { count } = await readRow(pool, z.object({ count: z.number() }), {
    text: `SELECT count(*)::int AS count FROM tweet
      WHERE created_at > coalesce((SELECT counted_to FROM trend_state), 'epoch') AND deleted_at IS NULL
        AND created_at >= clock_timestamp() - $1 * interval '1 h'
        AND ($2::bigint[] IS NULL OR id = ANY($2))`,
    values: [TREND_HOURS, among],
  });
  return count;
}
