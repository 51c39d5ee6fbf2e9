import { once } from 'node:events';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { readTasks } from '#core/tasks/read-tasks.ts';
import { addSchedule, changeSchedule, readSchedule, removeSchedule } from '#core/tasks/schedules.ts';
import { tickOnce } from '#core/tasks/tick.ts';
import { startHangingWorker } from '#testing/hanging-worker/hanging-worker.ts';
import { openTaskStage, type TaskStage } from '#testing/task-stage.ts';

let stage: TaskStage;

beforeEach(async () => {
  stage = await openTaskStage();
  const opened = stage;
  return () => opened.close();
});

const pool = () => stage.world.postgres.pool;
const everySecond = { name: 'often', kind: 'noted', data: {}, accountId: null, cron: null, everyMs: 1_000 };
const add = (more: object) =>
  addSchedule(stage.world.postgres.prisma, { ...everySecond, timeZone: 'UTC', ...more });
const ticksOf = async () => {
  const { rows } = await pool().query<{ key: string }>('SELECT unique_key AS key FROM task ORDER BY id');
  return rows.map(({ key }) => key);
};

it('three workers, of which one is killed, ask once for each tick', async () => {
  let runs = 0;
  stage.kind('noted', async () => ++runs);
  for (const name of ['A', 'B']) stage.work(name);
  const hanging = startHangingWorker('hanging', stage.world);
  onTestFinished(() => void hanging.kill('SIGKILL'));
  for (const name of ['one', 'two', 'three']) await add({ name });
  await vi.waitFor(async () => expect((await ticksOf()).length).toBeGreaterThan(6), { timeout: 15_000 });
  hanging.kill('SIGKILL');
  await once(hanging, 'exit');
  const before = (await ticksOf()).length;
  await vi.waitFor(async () => expect((await ticksOf()).length).toBeGreaterThan(before + 5), {
    timeout: 15_000,
  });
  const ticks = await ticksOf();
  expect(new Set(ticks).size).toBe(ticks.length);
  for (const name of ['one', 'two', 'three']) {
    const seconds = ticks
      .filter((key) => key.startsWith(`${name}@`))
      .map((key) => Date.parse(key.split('@')[1] ?? ''));
    const gaps = seconds.slice(1).map((at, n) => at - (seconds[n] ?? 0));
    expect(gaps.filter((gap) => gap <= 0 || gap % 1_000 !== 0)).toEqual([]); // a busy machine may miss one
  }
});

it('after a downtime a schedule runs once, and then at its next time', async () => {
  await add({ name: 'nightly', cron: '0 3 * * *', everyMs: null, timeZone: 'Europe/Berlin' });
  await pool().query("UPDATE schedule SET next_at = next_at - interval '30 days'");
  const ticked = await Promise.all([1, 2, 3].map(() => tickOnce(pool())));
  expect(ticked.filter((id) => id !== null)).toHaveLength(1);
  expect(await tickOnce(pool())).toBeNull();
  const schedule = await readSchedule(stage.world.postgres.prisma, 'nightly');
  expect(Date.parse(schedule?.nextAt ?? '')).toBeGreaterThan(Date.now());
  expect(schedule?.lastTaskId).toBe(ticked.find((id) => id !== null));
});

it('a run that is not over holds no later tick up', async () => {
  await add({});
  await tickOnce(pool());
  await pool().query("UPDATE schedule SET next_at = clock_timestamp() + interval '1 ms'");
  await vi.waitFor(async () => expect(await tickOnce(pool())).not.toBeNull());
  expect(await readTasks(stage.world.postgres, { kind: 'noted', limit: 10 })).toHaveLength(2);
});

it('can be disabled, changed and removed; what it missed meanwhile is not made up for', async () => {
  await add({});
  expect(await add({ everyMs: 5_000 })).toBe(false);
  expect(await changeSchedule(stage.world.postgres.prisma, 'often', { enabled: false })).toMatchObject({
    enabled: false,
  });
  await pool().query("UPDATE schedule SET next_at = '2026-01-01'");
  expect(await tickOnce(pool())).toBeNull();
  const changed = await changeSchedule(stage.world.postgres.prisma, 'often', {
    cron: '0 0 1 1 *',
    enabled: true,
  });
  expect(changed).toMatchObject({ cron: '0 0 1 1 *', everyMs: null, enabled: true });
  expect(await tickOnce(pool())).toBeNull();
  expect(await removeSchedule(stage.world.postgres.prisma, 'often')).toBe(true);
  expect(await changeSchedule(stage.world.postgres.prisma, 'often', { enabled: true })).toBeNull();
});

it('an expression whose last time has come disables itself', async () => {
  await add({});
  await pool().query(
    `UPDATE schedule SET cron = '0 0 0 1 1 * 2020', every_ms = NULL, next_at = '2020-01-01' WHERE name = 'often'`,
  );
  expect(await tickOnce(pool())).not.toBeNull();
  expect(await readSchedule(stage.world.postgres.prisma, 'often')).toMatchObject({ enabled: false });
});
