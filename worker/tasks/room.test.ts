import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { askNow } from '#core/tasks/ask-now.ts';
import { eventually } from '#testing/eventually.ts';
import { gate, openTaskStage, type TaskStage } from '#testing/task-stage.ts';
import { answerWakeUps } from './answer-wake-ups.ts';
import { openEngine, type TaskEngine } from './engine.ts';
import { byName } from './kinds.ts';
import { runByKey, taskHandler } from './run-task.ts';
import { Room } from './slots.ts';
import { registered, type TaskKind } from './task-kind.ts';

/** Without the loops of a worker: nothing but what a test calls runs a task. */
let stage: TaskStage;

beforeAll(async () => {
  stage = await openTaskStage();
});
afterAll(() => stage.close());

const pool = () => stage.world.postgres.pool;
const ask = (kind: string, uniqueKey?: string) =>
  askNow(pool(), stage.world.timelines, { kind, data: {}, uniqueKey });

/** As the message of this task does. */
const run = (engine: TaskEngine, room: Room, taskId: number) =>
  taskHandler(engine, room)({ body: { taskId }, redelivered: false, signal: new AbortController().signal });

function engineFor(runs: Record<string, TaskKind<unknown, unknown>['run']>): TaskEngine {
  const any = { data: z.unknown(), result: z.unknown(), softMs: 10_000, hardMs: 12_000, attempts: 3 };
  const kinds = Object.entries(runs).map(([name, run]) => registered({ name, run, ...any }));
  return openEngine(stage.context, {
    kinds: byName(kinds),
    complain: (error) => {
      throw error;
    },
  });
}

it('the next task runs while the result of the one before is being written', async () => {
  const [first, second] = [gate(), gate()];
  const engine = engineFor({ first: () => first.opened, second: async () => second.open() });
  const room = new Room(1, () => {});
  const [one, two] = [await ask('first'), await ask('second')];
  const running = run(engine, room, one);
  await eventually(async () => expect(await stage.read(one)).toMatchObject({ state: 'running' }));
  const locked = await pool().connect();
  await locked.query('BEGIN');
  await locked.query('SELECT FROM task WHERE id = $1 FOR UPDATE', [one]);
  const next = run(engine, room, two);
  first.open();
  await second.opened;
  expect(await stage.read(one)).toMatchObject({ state: 'running' });
  await locked.query('COMMIT');
  locked.release();
  await Promise.all([running, next]);
  expect([await stage.read(one), await stage.read(two)]).toMatchObject([
    { state: 'succeeded' },
    { state: 'succeeded' },
  ]);
});

it('what was claimed and finds no slot is given back, and was not run', async () => {
  const room = new Room(1, () => {});
  const slot = await room.running.take();
  const id = await ask('never');
  await run(engineFor({ never: async () => null }), room, id);
  expect(await stage.read(id)).toMatchObject({ state: 'waiting', attempts: 0, failures: 0 });
  slot?.release();
});

it('a worker that is woken runs a task that no message was sent for, once it has a slot', async () => {
  const room = new Room(1, () => {});
  const slot = await room.running.take();
  const wakeUps = answerWakeUps(engineFor({ called: async () => 'came' }), room);
  onTestFinished(async () => {
    room.close();
    await wakeUps.stop(1_000);
  });
  const id = await ask('called');
  slot?.release();
  expect(await stage.over(id)).toMatchObject({ state: 'succeeded', result: 'came', attempts: 1 });
});

it('a wake-up that comes before its row finds it all the same', async () => {
  const id = await ask('early', 'early');
  vi.spyOn(pool(), 'query').mockImplementationOnce(async () => ({ rows: [] }));
  await runByKey(engineFor({ early: async () => 'found' }), new Room(1, () => {}), 'early');
  expect(await stage.read(id)).toMatchObject({ state: 'succeeded', result: 'found' });
});

it('a wake-up for what is over, or never was, runs nothing', async () => {
  const room = new Room(1, () => {});
  const engine = engineFor({ once: async () => null });
  const id = await ask('once', 'once');
  await run(engine, room, id);
  await runByKey(engine, room, 'once');
  await runByKey(engine, room, 'nothing');
  expect(await stage.read(id)).toMatchObject({ state: 'succeeded', attempts: 1 });
});

it('asking now for one of the same key returns the one that is unfinished', async () => {
  const id = await ask('keyed', 'only-one');
  expect(await ask('keyed', 'only-one')).toBe(id);
});

it('asking in vain leaves no connection behind on which a statement may be under way', async () => {
  const given = new Promise((resolve) => pool().once('release', resolve));
  await expect(ask('no\0kind')).rejects.toThrow(/invalid byte sequence/);
  expect(await given).toBe(true); // to be closed
});
