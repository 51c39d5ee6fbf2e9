import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FindingKind, Findings } from '#lab/harness/findings.ts';
import { openWorld, type World } from '#testing/world.ts';
import { checkTasks, checkTicks } from './check-tasks.ts';
import type { CheckContext } from './round-tweets.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(() => pool().query('TRUNCATE task CASCADE'));
afterAll(() => world.close());

const pool = () => world.postgres.pool;

async function found(look: (context: CheckContext) => Promise<unknown>) {
  const findings = new Findings();
  await look({ pool: pool(), findings });
  return findings.kinds();
}

describe('a task that was accepted', () => {
  const check = (): Promise<FindingKind[]> => found((context) => checkTasks(context, [1]));

  /** Writes the row of the task, and a file of pieces with these numbers, three bytes each. */
  async function write(state: string, result: object | null, pieces: number[] = []): Promise<void> {
    await pool().query(
      `INSERT INTO task (id, kind, data, state, result, finished_at)
       VALUES (1, 'archive', '{}', $1::task_state, $2, CASE WHEN $1 <> 'running' THEN now() END)`,
      [state, result],
    );
    await pool().query(
      `INSERT INTO task_file (task_id, number, bytes) SELECT 1, number, 'abc' FROM unnest($1::int[]) number`,
      [pieces],
    );
  }

  it('has its result, or failed with its error', async () => {
    await write('succeeded', { bytes: 6 }, [0, 1]);
    expect(await check()).toEqual([]);
    await pool().query(`UPDATE task SET state = 'failed', error = 'why', result = NULL`);
    expect(await check()).toEqual([]);
  });

  it('is missed when it is not there, is not over, or failed without a word', async () => {
    expect(await check()).toEqual(['lost']);
    await write('running', null);
    expect(await check()).toEqual(['lost']);
    await pool().query(`UPDATE task SET state = 'failed', finished_at = now()`);
    expect(await check()).toEqual(['lost']);
  });

  it('is found out when a piece is missing, or comes from another attempt', async () => {
    await write('succeeded', { bytes: 6 }, [0, 2]);
    expect(await check()).toEqual(['lost']);
    await pool().query(`INSERT INTO task_file (task_id, number, bytes) VALUES (1, 1, 'abc')`);
    expect(await check()).toEqual(['twice']);
  });
});

describe('the ticks of a schedule', () => {
  const TIME = Date.parse('2027-01-31T18:00:00.000Z');
  const schedule = { name: 'mine', everyMs: 1_000, addedAt: TIME, removedAt: TIME + 10_000 };
  const check = (): Promise<FindingKind[]> => found((context) => checkTicks(context, schedule));

  async function tick(afterMs: number, lateMs = 20): Promise<void> {
    const at = new Date(TIME + afterMs);
    await pool().query(
      `INSERT INTO task (kind, data, state, unique_key, created_at, finished_at)
       VALUES ('trends', '{}', 'succeeded', $1, $2, now())`,
      [`mine@${at.toISOString()}`, new Date(at.getTime() + lateMs)],
    );
  }

  it('are found out when one ran twice', async () => {
    await tick(0);
    await tick(0);
    expect(await check()).toEqual(['twice']);
  });

  it('are found out when one came before its time, or between two times', async () => {
    await tick(0, -1);
    expect(await check()).toEqual(['left early']);
    await tick(1_500);
    expect(await check()).toContain('ledger');
  });
});
