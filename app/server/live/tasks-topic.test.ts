import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openRedis } from '#core/redis.ts';
import { askTasks } from '#core/tasks/ask.ts';
import { cancelTask } from '#core/tasks/cancel.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { openWorld, type World } from '#dev/testing/world.ts';
import { TaskSource } from './task-source.ts';

vi.mock('server-only', () => ({})); // throws outside of Next
const { EventStream } = await import('./event-stream.ts');
const { streamTasks } = await import('./tasks-topic.ts');

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const ADA = { id: 71, handle: 'ada' };
const inAnHour = () => new Date(Date.now() + 3_600_000);

it('starts with an account’s tasks, and then tells only those that changed, of that account alone', async () => {
  const { pool } = world.postgres;
  const ask = async (accountId: number) =>
    (await askTasks(pool, [{ kind: 'any', data: {}, accountId, dueAt: inAnHour() }]))[0] ?? 0;
  const [first, second, other] = [await ask(ADA.id), await ask(ADA.id), await ask(72)];
  const redis = openRedis(world.timelineRedisUrl, 'task source');
  const stream = new EventStream(new AbortController().signal);
  await streamTasks(stream, { pool, taskChanges: new TaskSource(() => redis) }, ADA);
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

async function* eventsOf({ response }: { response: Response }): AsyncGenerator<string> {
  for await (const bytes of response.body ?? []) yield new TextDecoder().decode(bytes);
}

async function idsOf(events: AsyncGenerator<string>): Promise<number[]> {
  const { value = '' } = await events.next();
  const data: { tasks: { id: number }[] } = JSON.parse(/^data: (.*)$/m.exec(value)?.[1] ?? '');
  return data.tasks.map(({ id }) => id);
}
