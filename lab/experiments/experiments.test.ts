import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExperimentRun } from '#core/lab/experiment.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { timelineKey } from '#core/timelines/timeline.ts';
import { until } from '#dev/ports.ts';
import { Cleanup } from '#lab/harness/cleanup.ts';
import { APART } from '#lab/race/apart-timelines.ts';
import { connect, variablesOf } from '#lab/stage/connect.ts';
import { eventually } from '#testing/eventually.ts';
import { type RunningSystem, startSystem } from '#testing/running-system.ts';
import { checkRun } from './check-run.ts';
import { listed } from './experiments.ts';
import { RunStage } from './run-stage.ts';

/** Some experiments wait for leases of the ledger and of the broker. */
const PATIENT = { timeout: 180_000 };

/** So many that a worker can be caught with chunks of the largest audience in hand. */
const FOLLOWERS = 30_000;

/** What each does in its short form, and the answer that it must give. */
const SHORT: Record<string, { size: number; answer: string; or?: string | string[] }> = {
  'request-or-queue': { size: FOLLOWERS, answer: 'thousands', or: 'few' },
  'shown-at-once': { size: 2, answer: 'at once' },
  'in-advance-or-at-read': { size: 3, answer: 'older', or: 'slower' }, // so few tweets are counted as fast as read
  'step-by-step': { size: FOLLOWERS, answer: 'before', or: 'between' },
  'worker-killed': { size: 1, answer: 'once' },
  'worker-frozen': { size: 1, answer: 'once' },
  'no-worker': { size: 4, answer: 'waits' },
  'queue-killed': { size: 6, answer: 'kept' },
  'queue-emptied': { size: 4, answer: 'once' },
  'timelines-emptied': { size: 5, answer: 'whole' },
  'postgres-restarted': { size: 10, answer: 'once' },
  'celebrity-first': { size: 10, answer: 'before' },
  // While tests keep the machine busy, an answer may take longer than a process has for draining.
  'deploy-under-load': { size: 10, answer: 'nothing', or: 'errors' },
  'scheduled-heavy-result': { size: 1, answer: 'again' },
  'when-not-to-queue': { size: 50, answer: 'direct' },
  'message-or-task-queue': { size: 3, answer: 'task' },
  // Without Celery these are the recorded figures. With it, a contest as short as this may end either way.
  'against-celery': { size: 200, answer: 'ours', or: ['same', 'celery'] },
  'random-faults': { size: 3, answer: 'once' },
};

let system: RunningSystem;
beforeAll(async () => {
  system = await startSystem({ followers: FOLLOWERS });
}, 120_000);
afterAll(() => system.stop());

/** Runs an experiment. Resolves with its run when it is over. */
async function run(experiment: string, size: number): Promise<ExperimentRun> {
  const answer = await eventually(async () => {
    const asked = await system.lab.ask({ do: 'run', by: 'test', order: { experiment, size, seed: 7 } });
    if (asked.did !== 'run') throw new Error(`Expected it to start: ${JSON.stringify(asked)}`);
    return asked.run;
  });
  return until(async () => {
    const read = await system.lab.ask({ do: 'read run', run: answer.id });
    if (read.did !== 'read run' || read.run.endedAt === null) throw new Error('Expected it to end');
    return read.run;
  }, 170_000);
}

test('every experiment is tested, names files that are there, and asks one thing with three answers', async () => {
  const all = await listed();
  const here = all.filter(({ place }) => place === 'here');
  expect(here.map(({ id }) => id)).toEqual(Object.keys(SHORT));
  for (const { id, file, decision, why, answers, place } of all) {
    expect(new Set(answers.map((each) => each.id)).size, id).toBe(3);
    if (place === 'here') expect(answers.map((each) => each.id)).toContain(SHORT[id]?.answer);
    const named = [
      file,
      ...(decision ? [decision] : []),
      ...(why.match(/\b[\w-]+\/[\w./-]+\.(?:ts|lua|md)/g) ?? []),
    ];
    for (const path of named) expect(existsSync(path), `${id}: ${path}`).toBe(true);
    expect(named.length, `${id} says which file makes it so`).toBeGreaterThan(1);
  }
});

const NOTHING = { answer: () => 'once', measured: [] };

test(
  'the checker finds what is missing, twice, not there, and what the experiment itself found',
  PATIENT,
  async () => {
    const cleanup = new Cleanup();
    const { databaseUrl, queueRedisUrl, timelineRedisUrl } = system.servers;
    const urls = variablesOf({ databaseUrl, queueRedisUrl, timelineRedisUrl });
    const connections = connect(urls, { env: process.env, onEnd: cleanup.add });
    const supervisor = {
      report: () => {},
      cause: () => Promise.reject(new Error('breaks nothing')),
      heal: async () => {},
    };
    const given = { connections, supervisor, onEnd: cleanup.add };
    const options = { url: system.url, title: 'A test', seed: 1, size: 1, dials: {}, ...given };
    const stage = await RunStage.open(options);
    const [author] = stage.small;
    if (!author) throw new Error('Expected a small author');
    const { tweetId } = await stage.post(author);
    expect(await checkRun(stage, NOTHING)).toMatchObject({ passed: true, accepted: 1, missing: 0 });

    const { redis } = connections.store;
    const { rows } = await connections.pool.query<{ id: number }>(
      'SELECT follower_id AS id FROM follow WHERE followee_id = $1 ORDER BY 1 LIMIT 1',
      [author.id],
    );
    const key = timelineKey(rows[0]?.id ?? 0, connections.store);
    await redis.lrem(key, 0, Number(tweetId));
    expect(await checkRun(stage, NOTHING)).toMatchObject({ passed: false, missing: 1 });
    await redis.lpush(key, Number(tweetId), Number(tweetId));
    expect(await checkRun(stage, NOTHING)).toMatchObject({ passed: false, missing: 0, twice: 1 });
    await redis.lrem(key, 1, Number(tweetId));

    expect(await checkRun(stage, { ...NOTHING, findings: ['odd'] })).toMatchObject({ passed: false });
    expect(await checkRun(stage, { ...NOTHING, holes: 1 })).toMatchObject({ passed: false, holes: 1 });
    await connections.pool.query("UPDATE tweet SET text = 'another' WHERE id = $1", [tweetId]);
    const { passed, findings } = await checkRun(stage, NOTHING);
    expect([passed, findings]).toEqual([false, [`tweet ${tweetId} was accepted and is not there`]]);
    await cleanup.run();
  },
);

/** Lists what no experiment may leave: keys of its own timelines and queues, and tasks that it asked for. */
async function leftOver(): Promise<string[]> {
  const { databaseUrl, queueRedisUrl, timelineRedisUrl } = system.servers;
  const [queue, timelines] = [openRedis(queueRedisUrl, 'test'), openRedis(timelineRedisUrl, 'test')];
  const { pool, close } = openPostgres({ url: databaseUrl, max: 1, name: 'test' });
  const found = await Promise.all([
    queue.keys('{tweet-fanout-*'),
    timelines.keys(`*{${APART}}*`),
    timelines.keys('lab:*'),
    pool
      .query<{ kind: string }>(
        "SELECT kind FROM task WHERE account_id IS NOT NULL OR due_at > now() + interval '10 min'",
      )
      .then(({ rows }) => rows.map(({ kind }) => kind)),
  ]);
  queue.disconnect();
  timelines.disconnect();
  await close();
  return found.flat();
}

test('a race that is broken off leaves nothing, and another can begin', PATIENT, async () => {
  const order = { experiment: 'request-or-queue', size: 1_000, seed: 7 };
  expect(await system.lab.ask({ do: 'run', by: 'test', order })).toMatchObject({ did: 'run' });
  await eventually(async () => expect(system.lab.state.run?.moments).not.toEqual([]));
  await system.lab.reset('test');
  expect(system.lab.state.run).toMatchObject({ state: 'broken off', reason: 'reset by test' });
  await eventually(async () => expect(await leftOver()).toEqual([]));
});

test.each(Object.entries(SHORT))(
  '%s in short keeps every promise',
  PATIENT,
  async (id, { size, answer, or }) => {
    const { verdict, state, reason, seed } = await run(id, size);
    expect({ state, reason, seed }).toEqual({ state: 'done', reason: null, seed: 7 });
    expect(verdict).toMatchObject({ passed: true, findings: [], missing: 0, twice: 0, holes: 0 });
    expect([answer, or].flat()).toContain(verdict?.answer);
    expect(verdict?.delivered).toBe(verdict?.accepted);
    if (verdict?.accepted) expect(verdict.timelines).toBeGreaterThan(0);
    await eventually(async () => expect(system.lab.state.faults).toEqual([]));
    await eventually(async () => expect(await leftOver()).toEqual([]));
  },
);
