import { z } from 'zod';
import { DeadLetter } from '#broker/port.ts';
import { stepAside } from '#core/admission/step-aside.ts';
import {
  ARCHIVE_FILE,
  ARCHIVE_FILES,
  ARCHIVE_ZIP,
  findOwner,
  inPieces,
  type Owner,
  readFile,
  rowsOf,
  zipArchive,
} from '#core/archive/archive.ts';
import { MINUTE } from '#core/durations.ts';
import { clearFile, fileSize, readPieces, writePiece } from '#core/tasks/file.ts';
import { LeaseLost, type TaskKind, type TaskRun } from '#worker/tasks/task-kind.ts';

const LIMITS = { softMs: 10 * MINUTE, hardMs: 11 * MINUTE, attempts: 4 };

const fileData = z.strictObject({ file: z.enum(ARCHIVE_FILES) });
type FileData = z.infer<typeof fileData>;

/** `taskId` is the task that holds the file, in pieces. */
const fileResult = z.object({ file: z.enum(ARCHIVE_FILES), taskId: z.int(), rows: z.int(), bytes: z.int() });

/** Writes one file of an archive into the ledger, so that the worker that zips it need not share a disk with this one. */
export const archiveFile: TaskKind<FileData, z.infer<typeof fileResult>> = {
  ...{ name: ARCHIVE_FILE, data: fileData, result: fileResult, ...LIMITS },
  async run(task) {
    const { file } = task.data;
    const owner = await requireOwner(task);
    const counted = { rows: 0, total: rowsOf(file, owner) };
    const bytes = await writeFile(task, inPieces(textOf(task, owner, counted), task.signal));
    return { file, taskId: task.id, rows: counted.rows, bytes };
  },
};

const zipResult = z.object({ rows: z.int(), bytes: z.int() });

/** Zips the files that the tasks before it have written. */
export const archiveZip: TaskKind<object, z.infer<typeof zipResult>> = {
  ...{ name: ARCHIVE_ZIP, data: z.strictObject({}), result: zipResult, ...LIMITS },
  async run(task) {
    const { context, signal, progress } = task;
    const written = z.array(fileResult).parse(task.input);
    const total = sum(written, 'bytes');
    let done = 0;
    async function* read(taskId: number) {
      for await (const piece of readPieces(context.pool, taskId)) {
        done += piece.length;
        progress(done, total, 'bytes');
        yield piece;
      }
    }
    const files = written.map(({ file, taskId }) => ({ file, read: () => read(taskId) }));
    const bytes = await writeFile(task, zipArchive(await requireOwner(task), files, signal));
    return { rows: sum(written, 'rows'), bytes };
  },
};

async function requireOwner({ context, accountId }: TaskRun<unknown>): Promise<Owner> {
  const owner = await findOwner(context.prisma, accountId ?? 0);
  if (!owner) throw new DeadLetter(`Expected the id of an account, got ${accountId}`);
  return owner;
}

const ASIDE = 100; // ms a page at most that deliveries go first

/** The text of a file, counted as it is read. Deliveries go first before each page. */
async function* textOf(
  { context, data: { file }, signal, progress }: TaskRun<FileData>,
  owner: Owner,
  counted: { rows: number; total: number },
): AsyncGenerator<Buffer> {
  for await (const { text, rows } of readFile(context, file, owner.id)) {
    counted.rows += rows;
    progress(counted.rows, Math.max(counted.total, counted.rows), 'rows');
    yield Buffer.from(text);
    await stepAside(context.pool, { patienceMs: ASIDE, signal });
  }
}

/**
 * Writes pieces as the file of this task, and returns its size in bytes. A second attempt begins anew. Nothing is left of an
 * attempt that failed or was cancelled. When a restore of Postgres has taken pieces while the claim is still valid, the task
 * runs again.
 */
async function writeFile(task: TaskRun<unknown>, pieces: AsyncIterable<Buffer>): Promise<number> {
  const { pool } = task.context;
  await clearFile(pool, task);
  let [number, size] = [0, 0];
  try {
    for await (const bytes of pieces) {
      const isMine = await writePiece(pool, task, { number: number++, bytes });
      if (!isMine) throw new LeaseLost('Another worker has this task');
      size += bytes.length;
    }
    const there = (await fileSize(pool, task.id)) ?? 0;
    if (there !== size) throw new LeaseLost(`Expected a file of ${size} bytes, found ${there}`);
  } catch (error) {
    await clearFile(pool, task).catch(() => {}); // what stays goes with the task, when that expires
    throw error;
  }
  return size;
}

const sum = <Key extends string>(each: Record<Key, number>[], key: Key) =>
  each.reduce((total, one) => total + one[key], 0);
