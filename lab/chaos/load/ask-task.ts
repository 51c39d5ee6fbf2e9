import { z } from 'zod';
import { type Caller, call } from './call.ts';

const KIND = 'archive'; // its effect can be counted: a file in pieces, and how many bytes they have together

const asked = z.object({ task: z.object({ id: z.number() }) });

/** Asks for the archive of an account; returns the task's id, or null when that was not answered. */
export async function askTask(who: Caller): Promise<number | null> {
  const answer = await call(who, { method: 'POST', path: '/api/tasks', body: { kind: KIND } });
  return answer?.status === 202 ? asked.parse(answer.body).task.id : null;
}
