import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HintSource } from '#core/hints.ts';
import { openRedis } from '#core/redis.ts';
import { askTasks } from '#core/tasks/ask.ts';
import { cancelTask } from '#core/tasks/cancel.ts';
import { TASK_CHANGES, tellTasks } from '#core/tasks/hints.ts';
import { addSchedule } from '#core/tasks/schedules.ts';
import { openWorld, type World } from '#testing/world.ts';
import { EventStream } from './event-stream.ts';
import {
  streamAllTasks,
  streamSchedules,
  streamTasks,
  WatchedSchedules,
  WatchedTasks,
} from './tasks-topic.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const ADA = { id: 71, handle: 'ada' };
const LOOKING = { account: ADA, viewer: { id: ADA.id, operator: false } };
const watching = (redis: Redis) => {
  const sources = { ...world.postgres, taskChanges: new HintSource(TASK_CHANGES, () => redis) };
  return { tasks: new WatchedTasks(sources), schedules: new WatchedSchedules(sources) };
};
const inAnHour = () => new Date(Date.now() + 3_600_000);

it('starts with an account’s tasks, and then tells only those that changed, of that account alone', async () => {
  const { pool } = world.postgres;
  const ask = async (accountId: number) =>
    (await askTasks(pool, [{ kind: 'any', data: {}, accountId, dueAt: inAnHour() }]))[0] ?? 0;
  const [first, second, other] = [await ask(ADA.id), await ask(ADA.id), await ask(72)];
  const redis = openRedis(world.timelineRedisUrl, 'task source');
  const stream = new EventStream();
  streamTasks(stream, watching(redis), LOOKING);
  const events = eventsOf(stream);
  expect(await idsOf(events)).toEqual([second, first]);
  await cancelTask(pool, { id: first, accountId: ADA.id });
  await cancelTask(pool, { id: other, accountId: 72 });
  // A hint may come before the source listens: as people do not, the test says it until it is heard.
  const saying = setInterval(() => tellTasks(world.timelines, [72, ADA.id, null]), 20);
  expect(await idsOf(events)).toEqual([first]);
  clearInterval(saying);
  stream.end();
  redis.disconnect();
});

it('everybody’s are told without what is theirs alone, also those that the system asked for', async () => {
  const { pool } = world.postgres;
  const ask = async (accountId?: number) =>
    (await askTasks(pool, [{ kind: 'any', data: { secret: 1 }, accountId, dueAt: inAnHour() }]))[0] ?? 0;
  const [theirs, mine] = [await ask(72), await ask(ADA.id)];
  const redis = openRedis(world.timelineRedisUrl, 'task source');
  const stream = new EventStream();
  streamAllTasks(stream, watching(redis), LOOKING);
  const events = eventsOf(stream);
  const first = await tasksOf(events);
  expect(first.find(({ id }) => id === theirs)).not.toHaveProperty('data');
  expect(first.find(({ id }) => id === mine)).toMatchObject({ data: { secret: 1 } });
  const system = await ask();
  const saying = setInterval(() => tellTasks(world.timelines, [null]), 20);
  expect(await idsOf(events)).toEqual([system]);
  clearInterval(saying);
  stream.end();
  redis.disconnect();
});

it('schedules are told at first, and all of them when one has changed', async () => {
  const { pool } = world.postgres;
  const redis = openRedis(world.timelineRedisUrl, 'task source');
  const stream = new EventStream();
  streamSchedules(stream, watching(redis));
  const events = eventsOf(stream);
  expect(await dataOf(events)).toEqual({ schedules: [] });
  await addSchedule(pool, {
    ...{ name: 'new', kind: 'any', data: {}, accountId: null },
    ...{ cron: null, everyMs: 60_000, timeZone: 'UTC' },
  });
  const saying = setInterval(() => tellTasks(world.timelines, ['schedules']), 20);
  expect(await dataOf(events)).toMatchObject({ schedules: [{ name: 'new' }] });
  clearInterval(saying);
  stream.end();
  redis.disconnect();
});

async function* eventsOf({ response }: { response: Response }): AsyncGenerator<string> {
  for await (const bytes of response.body ?? []) yield new TextDecoder().decode(bytes);
}

const idsOf = async (events: AsyncGenerator<string>): Promise<number[]> =>
  (await tasksOf(events)).map(({ id }) => id);

const tasksOf = async (events: AsyncGenerator<string>): Promise<{ id: number; data: unknown }[]> =>
  (await dataOf(events)).tasks;

async function dataOf(events: AsyncGenerator<string>) {
  const { value = '' } = await events.next();
  return JSON.parse(/^data: (.*)$/m.exec(value)?.[1] ?? '');
}
