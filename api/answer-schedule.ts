import { invalidField, Refusal } from '#api/problem.ts';
import { MOST_SCHEDULED, type ScheduleOutcome } from '#core/tweets/schedule-tweet.ts';

/** What `202` says of an outcome of scheduling. Throws the refusals. */
export function answerSchedule(scheduled: ScheduleOutcome) {
  switch (scheduled.outcome) {
    case 'scheduled': {
      const { task } = scheduled;
      return { answer: { task }, location: `/api/tasks/${task.id}` };
    }
    case 'in progress':
      throw new Refusal('idempotency-in-progress', 'This Idempotency-Key is being answered: ask again.', {
        headers: { 'retry-after': '1' },
      });
    case 'mismatch':
      throw new Refusal('idempotency-mismatch', 'This Idempotency-Key had another body: take a new key.');
    case 'no such time':
      throw invalidField('scheduledFor', scheduled.message);
    case 'too many':
      throw invalidField(
        'scheduledFor',
        `Expected fewer than ${MOST_SCHEDULED} tweets of one account to wait, so many do: cancel one first`,
      );
  }
}
