import type pg from 'pg';
import { z } from 'zod';
import { idRow, readRow, readRows } from '#core/rows.ts';
import type { TaskRef } from '#core/tasks/claim.ts';
import type { Queryable } from '#core/tasks/task.ts';

/**
 * What a task made that is too large for its result, in pieces: web and worker need not share a disk. A second attempt
 * begins with {@link clearFile}. Gone with its task. False, and nothing is written, when somebody else has the task by
 * now: a frozen worker that wakes up would lay a piece of its own between theirs.
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

/** Removes all pieces; none when somebody else has the task by now. */
export async function clearFile(pool: pg.Pool, { id, token }: Claim): Promise<void> {
  await pool.query(
    `DELETE FROM task_file USING (SELECT id FROM task WHERE id = $1 AND token = $2 FOR SHARE) mine
     WHERE task_id = mine.id`,
    [id, token],
  );
}

/** The task that holds what a task made: itself, or the last member of a composition. */
export async function fileHolder(pool: Queryable, taskId: number): Promise<number> {
  const [holder] = await readRows(pool, idRow, {
    text: 'SELECT id FROM task WHERE parent_id = $1 ORDER BY step DESC, id DESC LIMIT 1',
    values: [taskId],
  });
  return holder?.id ?? taskId;
}

/**
 * Removes what members of a composition made for its next steps, once nobody reads it any more: all but the last step's
 * when it has succeeded, everything when it was cancelled. One that still runs then removes its own.
 */
export async function clearMembers(client: Queryable, parentId: number, what: 'all' | 'earlier steps') {
  await client.query(
    `DELETE FROM task_file USING task m
     WHERE m.parent_id = $1 AND task_id = m.id
       AND ($2 OR m.step < (SELECT max(step) FROM task WHERE parent_id = $1))`,
    [parentId, what === 'all'],
  );
}

/** Bytes of the whole file; null when there is none. */
export async function fileSize(pool: pg.Pool, taskId: number): Promise<number | null> {
  const { bytes } = await readRow(pool, z.object({ bytes: z.number().nullable() }), {
    text: 'SELECT sum(length(bytes))::bigint AS bytes FROM task_file WHERE task_id = $1',
    values: [taskId],
  });
  return bytes;
}

/** The pieces in order, one in memory at a time. */
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
