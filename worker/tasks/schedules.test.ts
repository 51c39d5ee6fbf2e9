import { once } from 'node:events';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openPostgres } from '#core/postgres.ts';
import {
  addSchedule,
  changeSchedule,
  readSchedule,
  removeSchedule,
  type ScheduleChange,
} from '#core/tasks/schedules.ts';
import { tickOnce } from '#core/tasks/tick.ts';
import { eventually } from '#testing/eventually.ts';
import { startHangingWorker } from '#testing/hanging-worker/hanging-worker.ts';
import { range } from '#testing/people.ts';
import { openTaskStage, type TaskStage } from '#testing/task-stage.ts';

let stage: TaskStage;

beforeEach(async () => {
  stage = await openTaskStage();
  const opened = stage;
  return () => opened.close();
});

const pool = () => stage.world.postgres.pool;
const everySecond = { name: 'often', kind: 'noted', data: {}, accountId: null, cron: null, everyMs: 1_000 };
const add = (more: object) => addSchedule(pool(), { ...everySecond, timeZone: 'UTC', ...more });
const change = (wanted: ScheduleChange, ownerId: number | null = null) =>
  changeSchedule(stage.world.postgres, { name: 'often', ownerId }, wanted);
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
  await eventually(async () => expect((await ticksOf()).length).toBeGreaterThan(6));
  hanging.kill('SIGKILL');
  await once(hanging, 'exit');
  const before = (await ticksOf()).length;
  await eventually(async () => expect((await ticksOf()).length).toBeGreaterThan(before + 5));
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
  const asked = ticked.flatMap((tick) => (tick.outcome === 'asked' ? [tick.taskId] : []));
  expect(asked).toHaveLength(1);
  expect(await tickOnce(pool())).toEqual({ outcome: 'none' });
  const schedule = await readSchedule(stage.world.postgres.prisma, 'nightly');
  expect(Date.parse(schedule?.nextAt ?? '')).toBeGreaterThan(Date.now());
  expect(schedule).toMatchObject({ lastTaskId: asked[0], skipped: 0 });
});

describe('a tick whose predecessor is not over', () => {
  // The column has milliseconds: without one less, rounding could put it ahead of the look that follows.
  const due = () => pool().query(`UPDATE schedule SET next_at = clock_timestamp() - interval '1 ms'`);
  const tick = async () => {
    await due();
    return tickOnce(pool());
  };
  const often = () => readSchedule(stage.world.postgres.prisma, 'often');
  it('is the last one skipped: once that is over, however it ends, the next one asks', async () => {
    await add({});
    for (const end of ["state = 'succeeded'", "state = 'failed'", "state = 'cancelled'"]) {
      expect(await tick()).toMatchObject({ outcome: 'asked' });
      expect(await tick()).toEqual({ outcome: 'skipped' });
      await pool().query(`UPDATE task SET finished_at = now(), ${end} WHERE finished_at IS NULL`);
    }
    await pool().query('DELETE FROM task'); // its time to be kept is over
    expect(await tick()).toMatchObject({ outcome: 'asked' });
    expect(await often()).toMatchObject({ skipped: 3 });
  });
});
describe('the quota of an account', () => {
  it('is never exceeded, by many at once over two pools of connections', async () => {
    const other = openPostgres({ url: stage.world.databaseUrl, max: 10, name: 'other' });
    onTestFinished(() => other.close());
    const quotas = { schedules: 3 };
    const outcomes = await Promise.allSettled(
      range(1, 20).map((n) =>
        addSchedule(
          n % 2 ? pool() : other.pool,
          { ...everySecond, timeZone: 'UTC', name: `own-${n}`, accountId: 1 },
          quotas,
        ),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          ...{ name: 'OverQuota', bound: { what: 'schedules', most: 3, used: 3 }, waitS: null },
        });
    const { rows } = await pool().query('SELECT count(*)::int FROM schedule WHERE account_id = 1');
    expect(rows).toEqual([{ count: 3 }]);
  });

  it('bounds nobody else, nor the system, and has room again for one that was removed', async () => {
    const quotas = { schedules: 1 };
    const own = (name: string, accountId: number | null) =>
      addSchedule(pool(), { ...everySecond, timeZone: 'UTC', name, accountId }, quotas);
    expect(await own('a', 1)).toBe(true);
    expect(await own('a', 1)).toBe(false); // that name is taken
    await expect(own('b', 1)).rejects.toThrow('Expected at most 1 schedules of one account, there are 1');
    expect(await own('c', 2)).toBe(true);
    for (const name of ['d', 'e']) expect(await own(name, null)).toBe(true);
    await removeSchedule(stage.world.postgres.prisma, { name: 'a', ownerId: 1 });
    expect(await own('b', 1)).toBe(true);
  });
});

it('can be disabled, changed and removed; what it missed meanwhile is not made up for', async () => {
  await add({});
  expect(await add({ everyMs: 5_000 })).toBe(false);
  expect(await change({ enabled: false })).toMatchObject({ enabled: false });
  await pool().query("UPDATE schedule SET next_at = '2026-01-01'");
  expect(await tickOnce(pool())).toEqual({ outcome: 'none' });
  const changed = await change({ cron: '0 0 1 1 *', enabled: true });
  expect(changed).toMatchObject({ cron: '0 0 1 1 *', everyMs: null, enabled: true });
  expect(await tickOnce(pool())).toEqual({ outcome: 'none' });
  expect(await removeSchedule(stage.world.postgres.prisma, { name: 'often', ownerId: null })).toBe(true);
  expect(await change({ enabled: true })).toBeNull();
});
