import { z } from 'zod';
import { type IdRange, newestFirst } from '#core/id-range.ts';
import { type Database, postgresClock } from '#core/postgres.ts';
import { toNumber } from '#core/prisma.ts';
import { type Member, PRIORITIES, type Task, type TaskState } from '#core/tasks/task.ts';
import type { TaskGetPayload, TaskSelect, TaskWhereInput } from '#prisma/client/models.ts';

/** One task. Null when it never existed, or has expired. */
export async function readTask({ pool, prisma }: Database, id: number): Promise<Task | null> {
  const now = await postgresClock(pool);
  const row = await prisma.task.findUnique({ where: { id: BigInt(id) }, select: SHOWN });
  return row && toTask(row, now);
}

export type TaskQuery = {
  /** Tasks of this account. Without it, tasks of all. */
  accountId?: number | undefined;
  kind?: string | undefined;
  state?: TaskState | undefined;
  limit: number;
  /** Tasks that are older than the one with this id … */
  before?: number | undefined;
  /** … and newer than this one. */
  after?: number | undefined;
  /** The newest of all these, unless this says otherwise. */
  take?: IdRange['take'];
};

/** Tasks, the newest first. Members of compositions are left out: their composition stands for them. */
export async function readTasks({ pool, prisma }: Database, query: TaskQuery): Promise<Task[]> {
  const now = await postgresClock(pool);
  const rows = await prisma.task.findMany({
    where: { parentId: null, ...meant(query) },
    select: SHOWN,
    orderBy: { id: query.take === 'oldest' ? 'asc' : 'desc' },
    take: query.limit,
  });
  return newestFirst(rows, query.take ?? 'newest').map((row) => toTask(row, now));
}

const meant = ({ accountId, kind, state, before, after = 0 }: TaskQuery): TaskWhereInput => ({
  ...(accountId !== undefined && { accountId }),
  ...(kind !== undefined && { kind }),
  ...(state !== undefined && { state }),
  id: { gt: BigInt(after), ...(before !== undefined && { lt: BigInt(before) }) },
});

/** The columns of a {@link Member}. */
const MEMBER = {
  ...{ id: true, kind: true, data: true, state: true, step: true },
  ...{ attempts: true, worker: true, progress: true, error: true },
} satisfies TaskSelect;

/** The columns of a {@link Task}, without `leased_until`: Prisma has no date for its `infinity`. */
const SHOWN = {
  ...{ id: true, kind: true, data: true, accountId: true, state: true, priority: true, dueAt: true },
  ...{ attempts: true, failures: true, worker: true, progress: true, result: true, error: true },
  ...{ cancelRequested: true, createdAt: true, startedAt: true, finishedAt: true, expiresAt: true },
  ...{ parentId: true, step: true, children: true, childrenDone: true, childrenFailed: true },
  members: { select: MEMBER, orderBy: [{ step: 'asc' }, { id: 'asc' }] },
} satisfies TaskSelect;

type Row = TaskGetPayload<{ select: typeof SHOWN }>;

const progress = z.object({ done: z.number(), unit: z.string(), total: z.number() }).nullable(); // as jsonb orders them

function toTask(row: Row, now: Date): Task {
  const priority = PRIORITIES[row.priority];
  if (!priority) throw new Error(`Expected a priority of 0 to 2, got ${row.priority}`);
  return {
    ...row,
    id: toNumber(row.id),
    parentId: toNumber(row.parentId),
    priority,
    progress: progress.parse(row.progress),
    members: row.members.map(toMember),
    dueAt: row.dueAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    now: now.toISOString(),
  };
}

const toMember = (row: Row['members'][number]): Member => ({
  ...row,
  id: toNumber(row.id),
  progress: progress.parse(row.progress),
});
