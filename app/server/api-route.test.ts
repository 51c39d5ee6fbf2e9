import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PoolBusy } from '#core/postgres.ts';
import { openWorld, type World } from '#dev/testing/world.ts';

vi.mock('server-only', () => ({})); // throws outside of Next
const { json, route, streamRoute } = await import('./api-route.ts');
const { web } = await import('./root.ts');

let world: World;
beforeAll(async () => {
  world = await openWorld();
  vi.stubEnv('DATABASE_URL', world.databaseUrl);
  vi.stubEnv('QUEUE_REDIS_URL', world.queueRedisUrl);
  vi.stubEnv('TIMELINE_REDIS_URL', world.timelineRedisUrl);
  vi.stubEnv('SESSION_SECRET', 'a secret of the tests');
  vi.stubEnv('MAX_REQUESTS', '2');
});
afterAll(async () => {
  await web().broker.close(0);
  web().timelines.redis.disconnect();
  await world.close();
  vi.unstubAllEnvs();
});

const context = { params: Promise.resolve({}) };
type Answered = ReturnType<typeof route<Record<string, never>>>;
const ask = (handler: Answered) => handler(new Request('http://web/api/any'), context);

/** Requests that are answered once they are let go. */
function held() {
  let letGo = () => {};
  const gate = new Promise<void>((open) => {
    letGo = open;
  });
  return { letGo, handler: () => gate.then(() => json({ done: true })) };
}

it('answers so many requests at once, refuses one more in words and figures, and goes on when one has left', async () => {
  const { letGo, handler } = held();
  const running = [ask(route(handler)), ask(route(handler))];
  const refused = await vi.waitFor(async () => {
    const answer = await ask(route(async () => json({})));
    expect(answer.status).toBe(503);
    return answer;
  });
  expect(refused.headers.get('retry-after')).toMatch(/^[12]$/);
  expect(refused.headers.get('content-type')).toBe('application/problem+json');
  expect(await refused.json()).toMatchObject({ type: '/problems/too-busy', inFlight: 2, limit: 2 });
  letGo();
  expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await ask(route(async () => json({})))).status).toBe(200);
});

it('carries streams beside as many requests as there may be, for they have a bound of their own', async () => {
  const { letGo, handler } = held();
  const running = [ask(route(handler)), ask(route(handler))];
  expect((await ask(streamRoute(async () => json({})))).status).toBe(200);
  letGo();
  await Promise.all(running);
});

it('gives the place back of a request that fails', async () => {
  const fails = route(async () => {
    throw new Error('A mistake of ours');
  });
  for (const _ of [1, 2, 3]) await expect(ask(fails)).rejects.toThrow('A mistake of ours');
  expect((await ask(route(async () => json({})))).status).toBe(200);
});

it('says busy, and not that Postgres is away, when no connection is to be had', async () => {
  const answer = await ask(
    route(async () => {
      throw new PoolBusy('All 6 connections to Postgres are taken and 100 requests wait for one');
    }),
  );
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toMatch(/^[12]$/);
  const problem = await answer.json();
  expect(problem.type).toBe('/problems/too-busy');
  expect(problem.detail).toContain('100 requests wait for one');
});
