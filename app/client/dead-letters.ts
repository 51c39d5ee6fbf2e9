import type { DeadLetterGroup, DiscardedDeadLetters, RetriedDeadLetters } from '#app/contract.ts';
import { request } from './request.ts';

/** Dead letters of a queue: all, those that died of one error, or one task. */
export type Matching = { queue: DeadLetterGroup['queue']; error?: string; task?: number };

/** Gives dead letters another chance. */
export const retryDeadLetters = (
  matching: Matching,
  account: string | undefined,
): Promise<RetriedDeadLetters> => post('retry', matching, account);

/** Drops dead letters for good. */
export const discardDeadLetters = (
  matching: Matching,
  account: string | undefined,
): Promise<DiscardedDeadLetters> => post('discard', matching, account);

function post<T>(act: 'retry' | 'discard', body: Matching, account: string | undefined): Promise<T> {
  return request(`/api/dead-letters/${act}`, {
    ...{ method: 'POST', body },
    ...(account !== undefined && { account }),
  });
}
