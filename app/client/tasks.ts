import type { ScheduledTweet, TaskView } from '#app/contract.ts';
import { request } from './request.ts';

export type TweetToSchedule = { text: string; scheduledFor: Date; account: string; idempotencyKey: string };

/** Schedules a tweet. Sent again with the same key, it is still one task. */
export function scheduleTweet({ text, scheduledFor, ...call }: TweetToSchedule): Promise<ScheduledTweet> {
  const body = { text, scheduledFor: scheduledFor.toISOString() };
  return request('/api/tweets', { method: 'POST', body, ...call });
}

/** Asks for background work; while it is unfinished, asking again returns the same task. */
export const askTask = (kind: 'archive' | 'suggestions', account: string): Promise<{ task: TaskView }> =>
  request('/api/tasks', { method: 'POST', body: { kind }, account });

/** Changes a scheduled tweet that has not been posted. */
export const editScheduled = (
  id: number,
  { text, scheduledFor, account }: Pick<TweetToSchedule, 'text' | 'scheduledFor' | 'account'>,
): Promise<{ task: TaskView }> =>
  request(`/api/tasks/${id}`, {
    method: 'PATCH',
    body: { text, scheduledFor: scheduledFor.toISOString() },
    account,
  });

/** Cancels, before or in the middle; doing so twice is fine. */
export const cancelTask = (id: number, account: string): Promise<void> =>
  request(`/api/tasks/${id}`, { method: 'DELETE', account });

/** Gives a dead letter all its attempts again. */
export const retryTask = (id: number, account: string): Promise<void> =>
  request(`/api/tasks/${id}/retry`, { method: 'POST', account });
