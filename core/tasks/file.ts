import type pg from 'pg';

/**
 * What a task made that is too large for its result, in pieces: web and worker need not share a disk. A second attempt
 * begins with {@link clearFile}. Gone with its task.
 */
export async function writePiece(
  pool: pg.Pool,
  taskId: number,
  number: number,
  bytes: Buffer,
): Promise<void> {
  await pool.query(
    `INSERT INTO task_file (task_id, number, bytes) VALUES ($1, $2, $3)
     ON CONFLICT (task_id, number) DO UPDATE SET bytes = excluded.bytes`,
    [taskId, number, bytes],
  );
}

/** Removes all pieces. */
export async function clearFile(pool: pg.Pool, taskId: number): Promise<void> {
  await pool.query('DELETE FROM task_file WHERE task_id = $1', [taskId]);
}

/** Bytes of the whole file; null when there is none. */
export async function fileSize(pool: pg.Pool, taskId: number): Promise<number | null> {
  const { rows } = await pool.query<{ bytes: number | null }>(
    'SELECT sum(length(bytes))::bigint AS bytes FROM task_file WHERE task_id = $1',
    [taskId],
  );
  return rows[0]?.bytes ?? null;
}

/** The pieces in order, one in memory at a time. */
export async function* readPieces(pool: pg.Pool, taskId: number): AsyncGenerator<Buffer> {
  for (let number = 0; ; number++) {
    const { rows } = await pool.query<{ bytes: Buffer }>(
      'SELECT bytes FROM task_file WHERE task_id = $1 AND number = $2',
      [taskId, number],
    );
    if (!rows[0]) return;
    yield rows[0].bytes;
  }
}
