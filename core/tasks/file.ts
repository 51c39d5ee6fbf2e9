import type pg from 'pg';
import { z } from 'zod';
import { idRow, readRow, readRows } from '#core/rows.ts';
import type { TaskRef } from '#core/tasks/claim.ts';
import type { Queryable } from '#core/tasks/task.ts';

/**
 * Writes one piece of a file that a task makes because its result would be too large. The file is in Postgres, so that web
 * and worker need not share a disk, and is deleted with its task. A second attempt begins with {@link clearFile}. Writes
 * nothing and returns false when somebody else has the task by now: a frozen worker that wakes up would put its piece
 * between theirs.
 */
export async function writePiece(
  pool: pg.Pool,
  { id, token }: Claim,
  { number, bytes }: { number: number; bytes: Buffer },
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `INSERT INTO task_file (task_id, number, bytes)
     SELECT id, $3, $4 FROM (SELECT id FROM task WHERE id = $1 AND token = $2 FOR SHARE) mine
     ON CONFLICT (task_id, number) DO UPDATE SET bytes = excluded.bytes`,
    [id, token, number, bytes],
  );
  return rowCount === 1;
}

type Claim = Pick<TaskRef, 'id' | 'token'>;

/** Removes all pieces. When somebody else has the task by now, it removes none. */
export async function clearFile(pool: pg.Pool, { id, token }: Claim): Promise<void> {
  await pool.query(
    `DELETE FROM task_file USING (SELECT id FROM task WHERE id = $1 AND token = $2 FOR SHARE) mine
     WHERE task_id = mine.id`,
    [id, token],
  );
}

/** The task that holds the file: the task itself, or the last member if it is a composition. */
export async function fileHolder(pool: Queryable, taskId: number): Promise<number> {
  const [holder] = await readRows(pool, idRow, {
    text: 'SELECT id FROM task WHERE parent_id = $1 ORDER BY step DESC, id DESC LIMIT 1',
    values: [taskId],
  });
  return holder?.id ?? taskId;
}

/**
 * Removes files that members of a composition made, once nobody reads them any more. When the composition has succeeded,
 * those of the last step stay. When it was cancelled, all go; a member that still runs removes its own.
 */
export async function clearMembers(client: Queryable, parentId: number, what: 'all' | 'earlier steps') {
  await client.query(
    `DELETE FROM task_file USING task m
     WHERE m.parent_id = $1 AND task_id = m.id
       AND ($2 OR m.step < (SELECT max(step) FROM task WHERE parent_id = $1))`,
    [parentId, what === 'all'],
  );
}

/** The size of the whole file in bytes; null when there is none. */
export async function fileSize(pool: pg.Pool, taskId: number): Promise<number | null> {
  const { bytes } = await readRow(pool, z.object({ bytes: z.number().nullable() }), {
    text: 'SELECT sum(length(bytes))::bigint AS bytes FROM task_file WHERE task_id = $1',
    values: [taskId],
  });
  return bytes;
}

/** The pieces in their order; only one is in memory at a time. */
export async function* readPieces(pool: pg.Pool, taskId: number): AsyncGenerator<Buffer> {
  for (let number = 0; ; number++) {
    const [piece] = await readRows(pool, z.object({ bytes: z.instanceof(Buffer) }), {
      text: 'SELECT bytes FROM task_file WHERE task_id = $1 AND number = $2',
      values: [taskId, number],
    });
    if (!piece) return;
    yield piece.bytes;
  }
}
