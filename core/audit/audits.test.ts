import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { openWorld, type World } from '#testing/world.ts';
import type { Audit } from './audit.ts';
import { type AuditRun, Audits } from './audits.ts';
import { AuditLine, TooManyAudits } from './line.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
afterEach(() => eventually(async () => expect(await inLine()).toEqual([])));

const found = (tweetId: number): Audit => ({
  ...{ tweetId, expected: 12, present: 12, cold: 0, gone: 0, pulled: 0, sampled: 0, missing: 0, twice: 0 },
  ...{ examples: { missing: [], twice: [] }, ms: 1, checkedAt: '2026-01-01T00:00:00.000Z' },
});

type Held = AuditRun & { tweetId: number; end(): void; fail(error: Error): void };

/** Audits of so many web processes, whose runs end when they are told to. `most` is how many ran at once. */
function held(processes = 1) {
  const runs: Held[] = [];
  const running = { now: 0, most: 0 };
  const moved: number[] = [];
  const run = (tweetId: number, { signal, progress }: AuditRun) => {
    running.most = Math.max(running.most, ++running.now);
    return new Promise<Audit>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      runs.push({ signal, progress, tweetId, end: () => resolve(found(tweetId)), fail: reject });
    }).finally(() => running.now--);
  };
  const line = new AuditLine(world.postgres.pool);
  const sources = { line, run, check: async () => {}, moved: (tweetId: number) => void moved.push(tweetId) };
  const [audits = new Audits(sources), ...others] = Array.from(
    { length: processes },
    () => new Audits(sources),
  );
  return { audits, others, line, runs, running, moved };
}

const always = () => new AbortController().signal;
const begun = (runs: Held[], count: number) => eventually(() => expect(runs).toHaveLength(count));
const waits = (line: AuditLine, tweetId: number) =>
  eventually(async () => expect(await line.progress(tweetId)).not.toBeNull());

async function inLine(): Promise<unknown[]> {
  const { rows } = await world.postgres.pool.query(
    'SELECT tweet_id FROM audit_line WHERE leased_until > clock_timestamp()',
  );
  return rows;
}

it('one runs at a time over all web processes, in the order of asking', async () => {
  const { audits, others, line, runs, running } = held(3);
  const asked: Promise<Audit>[] = [];
  for (const [n, process] of [audits, ...others].entries()) {
    asked.push(process.ask(n + 1, always()));
    await waits(line, n + 1);
  }
  for (const [n, answer] of asked.entries()) {
    await begun(runs, n + 1);
    expect(runs[n]?.tweetId).toBe(n + 1);
    runs[n]?.end();
    expect(await answer).toEqual(found(n + 1));
  }
  expect(running.most).toBe(1);
});
it('one that fails takes no other along', async () => {
  const { audits, runs } = held();
  const asked = [1, 2].map((tweetId) => audits.ask(tweetId, always()));
  await begun(runs, 1);
  runs[0]?.fail(new Error('away'));
  await expect(asked[(runs[0]?.tweetId ?? 1) - 1]).rejects.toThrow('away');
  await begun(runs, 2);
  runs[1]?.end();
  await Promise.allSettled(asked);
});
const setLease = (tweetId: number, when: string) =>
  world.postgres.pool.query(`UPDATE audit_line SET leased_until = ${when} WHERE tweet_id = $1`, [tweetId]);

it('one whose process has died holds up the others for no longer than its lease', async () => {
  const { audits, line, runs } = held();
  await world.postgres.pool.query(
    `INSERT INTO audit_line (tweet_id, running, leased_until) VALUES (7, true, now() + interval '1 hour')`,
  );
  const asked = audits.ask(1, always());
  await eventually(async () => expect(await line.progress(1)).toEqual({ state: 'waiting', ahead: 1 }));
  expect(runs).toHaveLength(0);
  await setLease(7, `now() - interval '1 second'`);
  await begun(runs, 1);
  await runs[0]?.progress({ read: 5, expected: 12, aside: false });
  const { rows } = await world.postgres.pool.query(
    `SELECT leased_until - clock_timestamp() BETWEEN '0 s' AND '6 s' AS short FROM audit_line WHERE tweet_id = 1`,
  );
  expect(rows).toEqual([{ short: true }]);
  runs[0]?.end();
  expect(await asked).toEqual(found(1));
});

it('one whose process was frozen beyond its lease reads no further page when it wakes up', async () => {
  const { audits, runs } = held();
  const asked = audits.ask(1, always());
  await begun(runs, 1);
  await setLease(1, `now() - interval '1 second'`);
  await expect(runs[0]?.progress({ read: 5, expected: 12, aside: false })).rejects.toThrow(TooManyAudits);
  runs[0]?.end();
  await asked;
});
