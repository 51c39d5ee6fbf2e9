import type { DeadLetterGroup, RetriedDeadLetters } from '#app/contract.ts';
import { request } from './request.ts';

/** Gives dead letters another chance: all of a queue, or those of one error. */
export function retryDeadLetters(
  matching: { queue: DeadLetterGroup['queue']; error?: string },
  account: string | undefined,
): Promise<RetriedDeadLetters> {
  return request('/api/dead-letters/retry', {
    method: 'POST',
    body: matching,
    ...(account !== undefined && { account }),
  });
}
