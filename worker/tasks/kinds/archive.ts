import { z } from 'zod';
import { DeadLetter } from '#broker/port.ts';
import { stepAside } from '#core/admission/step-aside.ts';
import { ARCHIVE_TASK, findOwner, type Owner, packArchive, rowsOf } from '#core/archive/archive.ts';
import { clearFile, writePiece } from '#core/tasks/file.ts';
import { LeaseLost, type TaskKind, type TaskRun } from '#worker/tasks/task-kind.ts';

const data = z.strictObject({});
const result = z.object({ bytes: z.int(), rows: z.int() });

type Data = z.infer<typeof data>;
type Result = z.infer<typeof result>;

/**
 * Packs everything of an account into a zip, which goes into the ledger in pieces: whoever downloads it need not share
 * a disk with whoever packed it. A second attempt begins anew, and nothing is left of one that was cancelled.
 */
export const archive: TaskKind<Data, Result> = {
  name: ARCHIVE_TASK,
  data,
  result,
  softMs: 10 * 60_000,
  hardMs: 11 * 60_000,
  attempts: 4,
  async run(task) {
    const { pool, prisma } = task.context;
    const owner = await findOwner(prisma, task.accountId ?? 0);
    if (!owner) throw new DeadLetter(`Expected the id of an account, got ${task.accountId}`);
    await clearFile(pool, task);
    try {
      return await pack(task, owner);
    } catch (error) {
      await clearFile(pool, task).catch(() => {}); // what stays goes with the task, when that expires
      throw error;
    }
  },
};

async function pack(task: TaskRun<Data>, owner: Owner): Promise<Result> {
  const { context, signal, progress } = task;
  const total = rowsOf(owner);
  let [rows, bytes, number] = [0, 0, 0];
  const packed = (more: number) => {
    rows += more;
    progress(rows, Math.max(total, rows), 'rows');
  };
  const pause = () => stepAside(context.pool, { patienceMs: ASIDE, signal });
  for await (const piece of packArchive(context, { owner, signal, packed, pause })) {
    const isMine = await writePiece(context.pool, task, { number: number++, bytes: piece });
    if (!isMine) throw new LeaseLost('Another worker has this archive');
    bytes += piece.length;
  }
  return { bytes, rows };
}

const ASIDE = 100; // ms a page at most that deliveries go first
