import type { DeliveryView, StatusView } from '#api/contract.ts';
import { count, counted } from '#app/ui/figures.ts';

export type Situation = { tone: 'calm' | 'good' | 'warn' | 'bad'; sentence: string };

/**
 * How far the delivery is and what comes next, in one sentence. `status` is the newest sample; null before the first.
 */
export function situation(delivery: DeliveryView, status: StatusView | null): Situation {
  if (status?.postgres === 'away') {
    return {
      tone: 'warn',
      sentence: 'Postgres is away: these are its last figures. They go on by themselves when it is back.',
    };
  }
  if (delivery.expected === 0 && delivery.state !== 'cancelled') return nobody;
  if (status?.pause?.paused && (delivery.state === 'waiting' || delivery.state === 'delivering'))
    return paused;
  switch (delivery.state) {
    case 'waiting':
      return waiting(delivery, status);
    case 'delivering':
      return delivering(delivery, status);
    case 'delivered':
      return { tone: 'good', sentence: delivered(delivery) };
    case 'failed':
      return {
        tone: 'bad',
        sentence: `Failed: ${counted(left(delivery), 'follower')} did not get it. The chunks that gave up stand below with their errors.`,
      };
    case 'cancelled':
      return {
        tone: 'warn',
        sentence: 'Cancelled: the tweet was deleted, and no further chunk is delivered.',
      };
  }
}

const nobody: Situation = {
  tone: 'good',
  sentence:
    'Nobody follows the author yet, so there is nothing to deliver. The tweet is in the author’s own timeline.',
};

const paused: Situation = {
  tone: 'warn',
  sentence: 'Deliveries are paused. Nothing is lost: it goes on when somebody resumes them on the console.',
};

const noWorker = 'No worker is running. Nothing is lost: it goes on when one starts.';

function waiting({ publishedAt }: DeliveryView, status: StatusView | null): Situation {
  if (status?.workers === 0) return { tone: 'warn', sentence: noWorker };
  const where = publishedAt === null ? 'It waits in the outbox.' : 'The broker has it.';
  return { tone: 'calm', sentence: `Accepted. ${where} Nothing is planned until a worker takes it.` };
}

function delivering(delivery: DeliveryView, status: StatusView | null): Situation {
  if (status?.workers === 0) return { tone: 'warn', sentence: noWorker };
  const of = delivery.plannedAt === null ? 'chunks planned so far' : 'chunks';
  return {
    tone: 'calm',
    sentence: `Delivering: ${count(delivery.chunksDone)} of ${count(delivery.chunks)} ${of} are done.`,
  };
}

function delivered({ expected, delivered, cold, gone, pulled }: DeliveryView): string {
  if (pulled > 0) return 'Pulled: read from the author’s list when a follower opens home.';
  if (delivered === expected) return 'Delivered: every follower has it in the home timeline.';
  const rest = [
    ...(cold > 0 ? [`${count(cold)} cold: rebuilt with this tweet when their owners read`] : []),
    ...(gone > 0 ? [`${count(gone)} gone: unfollowed before their chunk came`] : []),
  ];
  return `Delivered to ${count(delivered)}. ${rest.join('; ')}.`;
}

const left = ({ expected, delivered, cold, gone }: DeliveryView) => expected - delivered - cold - gone;
