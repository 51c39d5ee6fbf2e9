import type { Matching } from '#app/client/dead-letters.ts';
import type { DeadLetterGroup, DiscardedDeadLetters, RetriedDeadLetters } from '#app/contract.ts';
import { counted } from '#app/delivery/figures.ts';

/**
 * What retries exactly this group, null when nothing does: brokers put back a whole queue, and only of chunks does the
 * ledger know what they died of.
 */
export function retryOf({ queue, error, example }: DeadLetterGroup): Matching | null {
  const isChunk = typeof example === 'object' && example !== null && 'chunk' in example;
  return queue === 'delivery' && isChunk && error !== '' ? { queue, error } : null;
}

/** The queues that have dead letters, and how many were looked at. */
export function queuesOf(groups: DeadLetterGroup[]): { queue: DeadLetterGroup['queue']; count: number }[] {
  const queues = [...new Set(groups.map(({ queue }) => queue))];
  const countOf = (wanted: string) =>
    groups.reduce((sum, { queue, count }) => sum + (queue === wanted ? count : 0), 0);
  return queues.map((queue) => ({ queue, count: countOf(queue) }));
}

/** What a retry did, in words. */
export function afterRetry({ chunks, messages, tasks }: RetriedDeadLetters): string {
  const parts = partsOf([chunks, 'chunk'], [tasks, 'task'], [messages, 'job']);
  return parts ? `Another chance for ${parts}.` : 'Nothing was left to retry.';
}

/** What discarding did, in words. */
export function afterDiscard({ messages, tasks }: DiscardedDeadLetters): string {
  const parts = partsOf([tasks, 'task'], [messages, 'job']);
  return parts ? `Discarded ${parts} for good.` : 'Nothing was left to discard.';
}

const partsOf = (...parts: [number, string][]): string =>
  parts
    .filter(([some]) => some > 0)
    .map(([some, what]) => counted(some, what))
    .join(' and ');
