import type { Journey } from './journey.ts';
import { ledgerCrashes, outbox, receiptCrashes } from './journey.ts';

/** A message on Redis, by BullMQ. */
export const bullmqJourney: Journey = {
  broker: 'bullmq',
  title: 'BullMQ on Redis',
  stops: {
    publish: {
      does: 'A Lua script adds the job, once for each key, and Redis answers.',
      crashes: [
        outbox,
        {
          setting: 'without an outbox',
          ours: false,
          verdict: 'lost',
          says: 'The tweet is committed and no job exists: nobody will ever look for it.',
        },
      ],
    },
    held: {
      does: 'The job lies in the memory of Redis and in its append-only file.',
      crashes: [
        {
          setting: 'with the append-only file',
          ours: true,
          verdict: 'fine',
          says: 'Redis reads its file and goes on. While the disk is busy a kill may take back up to 2 s; the relay publishes those again.',
          figure: { name: 'lost_append_only_on', unit: 'messages lost' },
        },
        {
          setting: 'appendonly no',
          ours: false,
          verdict: 'lost',
          says: 'Redis comes back empty.',
          figure: { name: 'lost_append_only_off', unit: 'messages lost' },
        },
      ],
    },
    'handed out': {
      does: 'The job moves to the active list. Its lock of 5 s is renewed while the handler runs.',
      crashes: [
        {
          setting: 'lock of 5 s, checked every 2 s',
          ours: true,
          verdict: 'late',
          says: 'The lock runs out and another worker takes the job. Killed in the middle of a fan-out, it was done after:',
          figure: { name: 'bullmq_recovery_s', unit: 's' },
        },
        {
          setting: 'BullMQ’s defaults',
          ours: false,
          verdict: 'lost',
          says: 'The job is back after up to 60 s, and at the second such crash it is failed for good.',
        },
      ],
    },
    effect: {
      does: 'The worker pushes the tweet onto the timelines of its chunk.',
      crashes: receiptCrashes('bullmq'),
    },
    acknowledged: {
      does: 'A script moves the job out of the active list.',
      crashes: [
        {
          setting: 'the ledger decides what is done',
          ours: true,
          verdict: 'fine',
          says: 'The lock runs out and the job comes again: the ledger says done, and it is counted as an ignored redelivery.',
        },
        {
          setting: 'the job’s id deduplicates',
          ours: false,
          verdict: 'twice',
          says: 'A finished job that is removed takes its id along: the same job can be added and done again.',
        },
      ],
    },
    gone: {
      does: 'Finished jobs are removed at once. Dead letters stay, the last 10,000.',
      crashes: ledgerCrashes,
    },
  },
};
