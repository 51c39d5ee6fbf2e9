import type { DeadLetterGroup } from '#api/contract.ts';
import type { DeadLettered } from '#broker/port.ts';
import type { QueueName } from '#core/messages.ts';

const ERROR_LENGTH = 500; // as the ledger keeps it, so that both mean the same chunks

const cut = ({ error }: DeadLettered) => error.slice(0, ERROR_LENGTH);

/** Whether a dead letter died of this error, as {@link groupDeadLetters} names it; without one all did. */
export const diedOf =
  (error: string | undefined) =>
  (letter: DeadLettered): boolean =>
    error === undefined || cut(letter) === error;

/** Dead letters of one queue by what they died of, the most first; `letters` are the newest first. */
export function groupDeadLetters(queue: QueueName, letters: DeadLettered[]): DeadLetterGroup[] {
  const groups = new Map<string, DeadLetterGroup>();
  for (const letter of letters) {
    const error = cut(letter);
    const group = groups.get(error);
    if (group) group.count++;
    else
      groups.set(error, { queue, error, count: 1, newestAt: letter.at.toISOString(), example: letter.body });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
