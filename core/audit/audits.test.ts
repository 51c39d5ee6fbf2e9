import type pg from 'pg';
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

async function waitingForLocks(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query(
    `SELECT count(*)::int AS count FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows[0].count;
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

it('of ten that come at the same moment to ten processes one runs at a time', async () => {
  const { audits, others, runs, running } = held(10);
  const asked = [audits, ...others].map((process, n) => process.ask(n + 1, always()));
  for (let done = 1; done <= 10; done++) {
    await eventually(() => expect(runs).toHaveLength(done));
    runs[done - 1]?.end();
  }
  await Promise.all(asked);
  expect(running.most).toBe(1);
});

it('fifty who ask one process for one tweet share a run', async () => {
  const { audits, runs } = held();
  const asked = Array.from({ length: 50 }, () => audits.ask(1, always()));
  await begun(runs, 1);
  runs[0]?.end();
  expect(await Promise.all(asked)).toEqual(Array.from({ length: 50 }, () => found(1)));
  expect(runs).toHaveLength(1);
});

it('those who ask other processes for the same tweet get the result of the one that ran', async () => {
  const { audits, others, line, runs } = held(3);
  const asked = [audits.ask(1, always())];
  await begun(runs, 1);
  asked.push(...others.map((process) => process.ask(1, always())));
  await eventually(async () => expect(await inLine()).toHaveLength(3));
  runs[0]?.end();
  expect(await Promise.all(asked)).toEqual([found(1), found(1), found(1)]);
  expect(runs).toHaveLength(1);
  expect(await line.progress(1)).toBeNull();
});

it('those who ask another process for the same tweet run it themselves when it fails', async () => {
  const { audits, others, runs } = held(2);
  const [other = expect.unreachable()] = others;
  const failing = audits.ask(1, always());
  await begun(runs, 1);
  const asked = other.ask(1, always());
  await eventually(async () => expect(await inLine()).toHaveLength(2));
  runs[0]?.fail(new Error('away'));
  await expect(failing).rejects.toThrow('away');
  await begun(runs, 2);
  runs[1]?.end();
  expect(await asked).toEqual(found(1));
});

it('a run goes on as long as somebody waits for it, and ends when the last one leaves', async () => {
  const { audits, runs } = held();
  const [first, second] = [new AbortController(), new AbortController()];
  const asked = [first, second].map(({ signal }) => audits.ask(1, signal));
  await begun(runs, 1);
  first.abort(new Error('closed'));
  await expect(asked[0]).rejects.toThrow('closed');
  expect(runs[0]?.signal.aborted).toBe(false);
  second.abort(new Error('closed'));
  await expect(asked[1]).rejects.toThrow('closed');
  expect(runs[0]?.signal.aborted).toBe(true);
});

it('one that nobody waits for leaves the line, and whoever asks for it then begins anew', async () => {
  const { audits, line, runs } = held();
  const running = audits.ask(1, always());
  await begun(runs, 1);
  const left = new AbortController();
  const leaving = audits.ask(2, left.signal);
  await waits(line, 2);
  left.abort(new Error('closed'));
  await expect(leaving).rejects.toThrow('closed');
  await eventually(async () => expect(await line.progress(2)).toBeNull());
  const again = audits.ask(2, always());
  runs[0]?.end();
  await running;
  await begun(runs, 2);
  runs[1]?.end();
  expect(await again).toEqual(found(2));
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

it('says in every process where an audit stands, and tells when it moves on', async () => {
  const { audits, line, runs, moved } = held();
  const asked = audits.ask(1, always());
  await begun(runs, 1);
  const next = audits.ask(2, always());
  await waits(line, 2);
  await runs[0]?.progress({ read: 5, expected: 12, aside: false });
  const elsewhere = new AuditLine(world.postgres.pool);
  expect(await elsewhere.progress(1)).toEqual({ state: 'running', read: 5, expected: 12 });
  expect(await elsewhere.progress(2)).toEqual({ state: 'waiting', ahead: 1 });
  await runs[0]?.progress({ read: 5, expected: 12, aside: true });
  expect(await elsewhere.progress(1)).toEqual({ state: 'aside', read: 5, expected: 12 });
  expect(moved.filter((tweetId) => tweetId === 1).length).toBeGreaterThanOrEqual(3);
  runs[0]?.end();
  await asked;
  await begun(runs, 2);
  expect(await elsewhere.progress(1)).toBeNull();
  runs[1]?.end();
  await next;
});

it('refuses one more when many are in line, and begins nothing', async () => {
  const { audits, line, runs } = held();
  const leaving = Array.from({ length: 16 }, () => new AbortController());
  const asked = leaving.map(({ signal }, n) => audits.ask(n + 1, signal));
  for (const n of leaving.keys()) await waits(line, n + 1);
  await expect(audits.ask(99, always())).rejects.toThrow(TooManyAudits);
  expect(await line.progress(99)).toBeNull();
  for (const each of leaving) each.abort(new Error('closed'));
  expect(await Promise.allSettled(asked)).toHaveLength(16);
  expect(runs.length).toBeLessThanOrEqual(1);
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

it('lets no more into the line when many join at the same moment', async () => {
  const line = new AuditLine(world.postgres.pool);
  const joinAll = (count: number) =>
    Promise.allSettled(Array.from({ length: count }, (_, n) => line.join(n + 1)));
  const placesOf = (joined: Awaited<ReturnType<typeof joinAll>>) =>
    joined.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  for (let round = 0; round < 10; round++) {
    const first = placesOf(await joinAll(15));
    const client = await world.postgres.pool.connect();
    await client.query('BEGIN; LOCK TABLE audit_line IN ACCESS EXCLUSIVE MODE');
    const joining = joinAll(8);
    await eventually(async () => expect(await waitingForLocks(client)).toBe(8));
    await client.query('ROLLBACK').finally(() => client.release());
    const last = placesOf(await joining);
    expect(last).toHaveLength(1);
    await Promise.all([...first, ...last].map((place) => place.leave(null)));
  }
});
