import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { costOf } from '#core/admission/admission.ts';
import { addDemoAccount, addFollowers, addUsers, range } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

const LARGE = 6_000; // followers

let world: World;
let stage: WebStage;
let cookie: string;
beforeAll(async () => {
  world = await openWorld({ breaks: ['followers are counted right'] });
  await addDemoAccount(pool(), { id: 1, handle: 'ada' });
  await addDemoAccount(pool(), { id: 2, handle: 'large' });
  await addUsers(pool(), range(10, 20));
  await addFollowers(pool(), 1, range(10, 19));
  await pool().query('UPDATE "user" SET follower_count = $1 WHERE id = 2', [LARGE]);
  stage = await openWebStage(world, {
    ...{ FOLLOWS_PER_MINUTE: '1', MAX_SCHEDULES: '1', MAX_SCHEDULED_TWEETS: '1', MAX_ARCHIVES: '1' },
    ...{ SUGGESTIONS_PER_HOUR: '1', MAX_BACKLOG: `${10 * costOf(10)}` },
  });
  for (const handle of ['ada', 'large']) {
    const headers = cookie ? { cookie } : {};
    const body = JSON.stringify({ handle });
    const answer = await fetch(`${stage.url}/api/session`, { method: 'POST', body, headers });
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  }
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const pool = () => world.postgres.pool;

async function ask(method: string, path: string, body?: object, who = 'ada') {
  const answer = await fetch(`${stage.url}${path}`, {
    method,
    headers: { cookie, 'x-account': who, 'idempotency-key': crypto.randomUUID() },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null };
}

const tomorrow = () => new Date(Date.now() + 24 * 60 * 60 * 1_000).toISOString();
const every = { kind: 'trends', everyMs: 60_000 };

type Asked = { what: string; once: () => ReturnType<typeof ask>; of: string; waitS: number | null };

let turns = 0;
/** `waitS` is when there is room again; null: only removing helps. */
const ASKED: Asked[] = [
  {
    what: 'follows',
    once: () => ask('PUT', `/api/users/user${10 + turns++}/follow`),
    ...{ of: 'follows within 60 s', waitS: 60 },
  },
  {
    what: 'suggestions',
    once: () => ask('POST', '/api/tasks', { kind: 'suggestions' }),
    ...{ of: 'suggestions asked for within an hour', waitS: 3_600 },
  },
  {
    what: 'schedules',
    once: () => ask('POST', '/api/schedules', { name: `mine-${turns++}`, ...every }),
    ...{ of: 'schedules', waitS: null },
  },
  {
    what: 'tweets for later',
    once: () => ask('POST', '/api/tweets', { text: 'Later', scheduledFor: tomorrow() }),
    ...{ of: 'scheduled tweets', waitS: null },
  },
];

it.each(ASKED)(
  'answers $what beyond the quota with the bound, what is used and when to come again',
  async (asked) => {
    const { once, of, waitS } = asked;
    expect((await once()).status).toBeLessThan(300);
    const { status, headers, body } = await once();
    expect(status).toBe(waitS === null ? 409 : 429);
    expect(body).toMatchObject({
      type: waitS === null ? '/problems/over-quota' : '/problems/over-rate',
      ...{
        limit: 1,
        used: 1,
        detail: expect.stringContaining(`Expected at most 1 ${of} of one account, there are 1. `),
      },
    });
    expect(headers.get('retry-after')).toBe(waitS === null ? null : `${body.retryAfter}`);
    if (waitS !== null) expect(body.retryAfter).toBeGreaterThan(waitS - 20);
  },
);

it('lets a tweet for later be cancelled, and says when the cancelled one has made room', async () => {
  const { body: list } = await ask('GET', '/api/tasks?kind=tweet&state=waiting');
  await ask('DELETE', `/api/tasks/${list.tasks[0].id}`);
  const again = await ask('POST', '/api/tweets', { text: 'Later', scheduledFor: tomorrow() });
  expect(again.status).toBe(429);
  expect(again.body).toMatchObject({
    limit: 1,
    used: 1,
    detail: expect.stringContaining('1 cancelled tweets'),
  });
  expect(again.body.retryAfter).toBeGreaterThan(23 * 60 * 60);
});

it('answers an archive more than may be kept with when the first one goes', async () => {
  const { body } = await ask('POST', '/api/tasks', { kind: 'archive' });
  await pool().query(
    `UPDATE task SET state = 'succeeded', finished_at = now(), expires_at = now() + interval '600 s' WHERE id = $1`,
    [body.task.id],
  );
  const second = await ask('POST', '/api/tasks', { kind: 'archive' });
  expect(second.status).toBe(429);
  expect(second.body).toMatchObject({ limit: 1, used: 1, detail: expect.stringContaining('archives kept') });
  expect(second.body.retryAfter).toBeGreaterThan(580);
});

describe('a large tweet among small ones', () => {
  it('is told when to come, and small ones that room is kept for it, with a time as well', async () => {
    await ask('POST', '/api/tweets', { text: 'First' });
    const { body: queue } = await ask('GET', '/api/queue');
    expect(queue.deliveries).toMatchObject({ backlog: 10, taken: costOf(10), limit: 10 * costOf(10) });
    const large = await ask('POST', '/api/tweets', { text: 'Large' }, 'large');
    expect(large.body).toMatchObject({
      ...{ type: '/problems/over-capacity', backlog: 10, taken: costOf(10), cost: costOf(LARGE) },
    });
    expect(large.headers.get('retry-after')).toBe('1'); // it is larger than the bound, and waits for next to nothing
    const small = await ask('POST', '/api/tweets', { text: 'Small' });
    expect(small.status).toBe(503);
    expect(small.body.detail).toContain('Room is kept for a large tweet that has waited');
    expect(Number(small.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });
});
