import type { DeadLetterGroup, RetriedDeadLetters } from '#app/contract.ts';
import { counted } from '#app/delivery/figures.ts';

export type RetryRequest = { queue: DeadLetterGroup['queue']; error?: string };

/** Which dead letters a group stands for. Of fan-outs the ledger keeps no error: all of that queue. */
export function matches({ queue, error }: DeadLetterGroup): RetryRequest {
  return queue === 'delivery' && error !== '' ? { queue, error } : { queue };
}

/** What a retry did, in words. */
export function afterRetry({ chunks, messages }: RetriedDeadLetters): string {
  if (chunks === 0 && messages === 0) return 'Nothing was left to retry.';
  const parts = [chunks > 0 ? counted(chunks, 'chunk') : '', messages > 0 ? counted(messages, 'job') : ''];
  return `Another chance for ${parts.filter(Boolean).join(' and ')}.`;
}
