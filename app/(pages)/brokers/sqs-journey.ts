import type { Journey } from './journey.ts';
import { ledgerCrashes, outbox, receiptCrashes } from './journey.ts';

/** A message through a standard queue of Amazon SQS. */
export const sqsJourney: Journey = {
  broker: 'sqs',
  title: 'Amazon SQS',
  caveat: 'SQS was fauxqs, a stand-in on the same machine: its latency, rate and memory are not Amazon’s.',
  stops: {
    publish: {
      does: 'Ten messages go in one HTTP call, which may take some of them and refuse others.',
      crashes: [
        outbox,
        {
          setting: 'refused entries are looked for',
          ours: true,
          verdict: 'fine',
          says: 'One refused entry makes the whole batch count as not published, and it is published again.',
        },
        {
          setting: 'status 200 is taken for success',
          ours: false,
          verdict: 'lost',
          says: 'The call succeeded; the entries in its list of failures were never stored.',
        },
      ],
    },
    held: {
      does: 'Amazon stores it in several data centres before it answers, for up to 14 days.',
      crashes: [
        {
          setting: 'at Amazon',
          ours: true,
          verdict: 'fine',
          says: 'It survives the loss of a data centre, says Amazon. That cannot be measured here.',
        },
        {
          setting: 'fauxqs, as one command starts it',
          ours: true,
          verdict: 'late',
          says: 'The stand-in keeps its messages in memory and forgets them. The relay publishes what is not done after 12 s.',
        },
      ],
    },
    'handed out': {
      does: 'The message becomes invisible for 6 s, renewed while the handler runs.',
      crashes: [
        {
          setting: 'visibility timeout of 6 s, renewed',
          ours: true,
          verdict: 'late',
          says: 'It becomes visible again and another worker receives it. Killed in the middle of a fan-out, it was done after:',
          figure: { name: 'sqs_recovery_s', unit: 's' },
        },
        {
          setting: 'the default timeout of 30 s',
          ours: false,
          verdict: 'late',
          says: 'The same, half a minute later; and a handler that takes longer than 30 s without renewing runs beside its successor.',
        },
        {
          setting: 'deleted on receipt',
          ours: false,
          verdict: 'lost',
          says: 'Nobody else will ever see it.',
        },
      ],
    },
    effect: {
      does: 'The worker pushes the tweet onto the timelines of its chunk.',
      crashes: receiptCrashes('sqs'),
    },
    acknowledged: {
      does: 'The message is deleted, ten a call. Even then a standard queue may hand it out once more.',
      crashes: [
        {
          setting: 'the ledger decides what is done',
          ours: true,
          verdict: 'fine',
          says: 'The message comes again: the ledger says done, and it is counted as an ignored redelivery.',
        },
        {
          setting: 'a FIFO queue deduplicates',
          ours: false,
          verdict: 'twice',
          says: 'It compares what is published within 5 minutes. A message that was received and not deleted comes again all the same.',
        },
      ],
    },
    gone: {
      does: 'SQS keeps nothing of a deleted message. Dead letters have a queue of their own.',
      crashes: ledgerCrashes,
    },
  },
};
