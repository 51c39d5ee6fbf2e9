import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { idRow, readRow } from '#core/rows.ts';
import { TASK_KEY } from '#core/tweets/schedule-tweet.ts';
import { newScheduled, type Scheduled } from '#lab/clients/schedule.ts';
import { type FindingKind, Findings } from '#lab/harness/findings.ts';
import { Random } from '#lab/harness/random.ts';
import { addUsers } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { checkScheduled } from './check-scheduled.ts';

const AUTHOR = { id: 1, handle: 'user1', url: '', cookie: '' };

let world: World;
let wanted: Scheduled;
beforeAll(async () => {
  world = await openWorld({ breaks: ['every idempotency key has its tweet, and that its fan-out'] });
  await addUsers(world.postgres.pool, [1]);
});
beforeEach(async () => {
  await world.postgres.pool.query('TRUNCATE tweet, fan_out, idempotency_key, task CASCADE');
  wanted = newScheduled(AUTHOR, 'key', new Random(1));
});
afterAll(() => world.close());

/** Writes the task of the wanted tweet in this state, and notes the answer as the load does. */
async function ask(state: string, text = wanted.content.text): Promise<void> {
  const { id } = await readRow(world.postgres.pool, idRow, {
    text: `INSERT INTO task (kind, data, account_id, state, finished_at)
           VALUES ('tweet', $1, 1, $2::task_state, now()) RETURNING id`,
    values: [{ text }, state],
  });
  wanted.taskId = id;
  wanted.accepted.push(String(wanted.taskId));
}

/** Writes the tweet that the task posted, `afterMs` after its time. */
async function leave(text = wanted.content.text, afterMs = 5): Promise<void> {
  await world.postgres.pool.query(
    `WITH posted AS (
       INSERT INTO tweet (id, author_id, text, created_at)
       VALUES (nextval('tweet_id_seq'), 1, $1, to_timestamp($2::float8 / 1000)) RETURNING id
     )
     INSERT INTO idempotency_key (account_id, key, fingerprint, tweet_id)
     SELECT 1, $3::text || (SELECT count(*) FROM idempotency_key), '', id FROM posted`,
    [text, wanted.content.dueAt + afterMs, TASK_KEY],
  );
}

async function found(scheduled = [wanted]): Promise<FindingKind[]> {
  const findings = new Findings();
  const { pool } = world.postgres;
  await checkScheduled({ pool, findings }, { scheduled, after: { tweetId: 0, taskId: 0 } });
  return findings.kinds();
}

it('finds nothing wrong with one that left at its time, and with one that was cancelled and did not', async () => {
  await ask('succeeded');
  await leave();
  expect(await found()).toEqual([]);
  const left = wanted;
  wanted = { ...newScheduled(AUTHOR, 'other', new Random(1)), cancel: 'cancelled' };
  await ask('cancelled');
  expect(await found([left, wanted])).toEqual([]);
});

it('finds nothing wrong with one that was never answered, there or not', async () => {
  wanted.open = 1;
  expect(await found()).toEqual([]);
  await ask('succeeded');
  await leave();
  expect(await found([{ ...wanted, accepted: [], taskId: null }])).toEqual([]);
});

it('finds one that was accepted and is not there', async () => {
  wanted.accepted.push('1');
  wanted.taskId = 1;
  expect(await found()).toEqual(['lost']);
});

it('finds one that is done and never left, and one that failed', async () => {
  await ask('succeeded');
  expect(await found()).toEqual(['lost']);
  await world.postgres.pool.query(`UPDATE task SET state = 'failed'`);
  expect(await found()).toEqual(['lost']);
});

it('finds one that left twice', async () => {
  await ask('succeeded');
  await leave();
  await leave();
  expect(await found()).toEqual(['twice']);
});

it('finds one that has two tasks', async () => {
  await ask('succeeded');
  await ask('succeeded');
  await leave();
  expect(await found()).toContain('twice');
});

it('finds one that was cancelled and left all the same', async () => {
  await ask('cancelled');
  await leave();
  wanted.cancel = 'cancelled';
  expect(await found()).toEqual(['cancelled and there']);
});

it('finds one that was cancelled although nobody asked', async () => {
  await ask('cancelled');
  expect(await found()).toEqual(['lost']);
});

it('finds one that was shown as posted, and is not', async () => {
  await ask('cancelled');
  wanted.cancel = 'too late';
  expect(await found()).toEqual(['answer not kept']);
});

it('finds one that left before its time', async () => {
  await ask('succeeded');
  await leave(wanted.content.text, -1);
  expect(await found()).toEqual(['left early']);
});

it('finds one that left as it was before it was changed', async () => {
  await ask('succeeded');
  await leave();
  wanted.edit = { text: 'edited', dueAt: wanted.content.dueAt, answer: 'open' };
  expect(await found()).toEqual([]);
  wanted.edit.answer = 'done';
  expect(await found()).toEqual(['answer not kept']);
});

it('finds one that nobody asked for', async () => {
  await leave();
  expect(await found([])).toEqual(['refused and there']);
});
