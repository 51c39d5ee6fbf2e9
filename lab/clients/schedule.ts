import { z } from 'zod';
import type { Random } from '#lab/harness/random.ts';
import { insist, newWish, type Wish } from './insist.ts';
import { type Caller, request } from './session.ts';

/** What a scheduled tweet says, and when it is to be posted, in ms since 1970. */
export type Content = { text: string; dueAt: number };

/** A tweet that somebody wanted to be posted later. */
export type Scheduled = Wish & {
  content: Content;
  taskId: number | null;
  /** `done` and `refused` are answers. `open` means that no answer came. */
  edit: (Content & { answer: 'done' | 'refused' | 'open' }) | null;
  /** `cancelled` and `too late` were read back after the answer. `open` means that no answer came. */
  cancel: 'none' | 'cancelled' | 'too late' | 'open';
};

const AHEAD = [300, 6_000] as const; // ms

export const newScheduled = (author: Caller, key: string, random: Random): Scheduled => ({
  ...newWish(author, key),
  content: { text: `Chaos ${key}`, dueAt: Date.now() + random.between(...AHEAD) },
  taskId: null,
  edit: null,
  cancel: 'none',
});

const toBody = ({ text, dueAt }: Content) => ({ text, scheduledFor: new Date(dueAt).toISOString() });

const answered = z.object({ task: z.object({ id: z.number(), state: z.string() }) });

/** If its time passes before the answer, it is refused. */
const REFUSALS = ['/problems/validation'];

/** Asks for it until it is answered. */
export async function schedule(
  scheduled: Scheduled,
  random: Random,
  unexpected: (answer: string) => void,
): Promise<void> {
  // It compares ids alone: whole bodies differ, because each says how far the task is.
  const identity = (body: unknown) => String(answered.parse(body).task.id);
  const body = toBody(scheduled.content);
  await insist(scheduled, { random, body, identity, refusals: REFUSALS, unexpected });
  const [first] = scheduled.accepted;
  if (first !== undefined) scheduled.taskId = Number(first);
}

/** Changes text and time once. */
export async function edit(scheduled: Scheduled, random: Random): Promise<void> {
  const content = {
    text: `${scheduled.content.text} edited`,
    dueAt: Date.now() + random.between(...AHEAD),
  };
  const change = { method: 'PATCH', path: pathOf(scheduled), body: toBody(content) };
  const answer = await request(scheduled.author, change);
  scheduled.edit = { ...content, answer: answerOf(answer?.status) };
  scheduled.ended = Date.now();
}

function answerOf(status: number | undefined): 'done' | 'refused' | 'open' {
  if (status === 200) return 'done';
  return status === 400 || status === 409 ? 'refused' : 'open';
}

/** Cancels it, and reads back what has become of it. */
export async function cancel(scheduled: Scheduled): Promise<void> {
  scheduled.cancel = 'open';
  const { author } = scheduled;
  const path = pathOf(scheduled);
  const isCancelled = (await request(author, { method: 'DELETE', path }))?.status === 204;
  const answer = isCancelled ? await request(author, { method: 'GET', path }) : null;
  scheduled.ended = Date.now();
  const { state } = answered.safeParse(answer?.body).data?.task ?? {};
  if (state === 'cancelled') scheduled.cancel = 'cancelled';
  if (state === 'succeeded') scheduled.cancel = 'too late';
}

const pathOf = ({ taskId }: Scheduled) => `/api/tasks/${taskId}`;
