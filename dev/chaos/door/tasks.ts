import { text } from 'node:stream/consumers';
import { askNow } from '#core/tasks/ask-now.ts';
import { cancelTask } from '#core/tasks/cancel.ts';
import { handOver } from '#core/tasks/due.ts';
import { editTask } from '#core/tasks/edit.ts';
import { addSchedule, readSchedule, removeSchedule } from '#core/tasks/schedules.ts';
import { readTask } from '#core/tasks/task.ts';
import { scheduleTimeProblem } from '#core/tweets/schedule-time.ts';
import type { Answer, Call, Door } from './open.ts';

/** Asks for a task; while it is unfinished, for the same one. */
export async function ask(door: Door, { request, accountId }: Call): Promise<Answer> {
  const { pool, timelines, broker } = door;
  const { kind } = JSON.parse(await text(request)) as { kind: string };
  const uniqueKey = `${kind} asked by ${accountId}`;
  const id = await askNow(pool, timelines.redis, { kind, data: {}, accountId, uniqueKey });
  const task = await readTask(pool, id);
  void handOver(pool, (queue, messages) => broker.publish(queue, messages), [id]).catch(() => {});
  return { status: 202, body: { task } };
}

/** One own task. */
export async function read({ pool }: Door, { parts, accountId }: Call): Promise<Answer> {
  const task = await readTask(pool, Number(parts[2]));
  return task?.accountId === accountId ? { status: 200, body: { task } } : { status: 404 };
}

/** Changes text and time of an own scheduled tweet. */
export async function edit(door: Door, call: Call): Promise<Answer> {
  const change = JSON.parse(await text(call.request)) as { text: string; scheduledFor: string };
  const found = await read(door, call);
  if (found.status !== 200) return found;
  const dueAt = new Date(change.scheduledFor);
  if (scheduleTimeProblem(dueAt)) return { status: 400, body: { type: '/problems/validation' } };
  const edited = await editTask(door.pool, Number(call.parts[2]), { dueAt, data: { text: change.text } });
  return edited === 'edited' ? read(door, call) : { status: 409, body: { type: '/problems/too-late' } };
}

/** Cancels an own task. */
export async function cancel({ pool }: Door, { parts, accountId }: Call): Promise<Answer> {
  const outcome = await cancelTask(pool, { id: Number(parts[2]), accountId });
  return { status: outcome === 'unknown' ? 404 : 204 };
}

/** Adds a schedule of an account. */
export async function addRecurring({ pool }: Door, { request, accountId }: Call): Promise<Answer> {
  const named = JSON.parse(await text(request)) as { name: string; kind: string; everyMs: number };
  const added = await addSchedule(pool, { ...named, data: {}, accountId, cron: null, timeZone: 'UTC' });
  return added ? { status: 201 } : { status: 400, body: { type: '/problems/validation' } };
}

/** Removes one. */
export async function removeRecurring({ pool }: Door, { parts, accountId }: Call): Promise<Answer> {
  const name = parts[2] ?? '';
  if ((await readSchedule(pool, name))?.accountId !== accountId) return { status: 404 };
  await removeSchedule(pool, name);
  return { status: 204 };
}
