import type { Journey } from './journey.ts';
import { ledgerCrashes, outbox, receiptCrashes } from './journey.ts';

/** A message through RabbitMQ's quorum queues. */
export const rabbitmqJourney: Journey = {
  broker: 'rabbitmq',
  title: 'RabbitMQ',
  stops: {
    publish: {
      does: 'The message is sent as mandatory; the server confirms it once it is on disk.',
      crashes: [
        outbox,
        {
          setting: 'with publisher confirms',
          ours: true,
          verdict: 'fine',
          says: 'If it is the server that crashes: what was not confirmed counts as not published.',
          figure: { name: 'lost_confirms_on', unit: 'messages lost' },
        },
        {
          setting: 'without confirms',
          ours: false,
          verdict: 'lost',
          says: 'Sent means written to a socket: what was in it when the server was killed is gone, and the publisher goes on.',
          figure: { name: 'lost_confirms_off', unit: 'messages lost' },
        },
        {
          setting: 'without mandatory',
          ours: false,
          verdict: 'lost',
          says: 'A message for a queue that does not exist is dropped, and confirmed.',
        },
      ],
    },
    held: {
      does: 'A quorum queue writes it to its log, on several nodes where there are several.',
      crashes: [
        {
          setting: 'quorum queue, persistent',
          ours: true,
          verdict: 'fine',
          says: 'The node reads its log and goes on. With three nodes, two go on at once.',
          figure: { name: 'lost_confirms_on', unit: 'messages lost' },
        },
        {
          setting: 'transient messages',
          ours: false,
          verdict: 'lost',
          says: 'What was only in memory does not survive the restart.',
        },
      ],
    },
    'handed out': {
      does: 'The server pushes up to the prefetch count. The lease is the connection itself.',
      crashes: [
        {
          setting: 'acknowledged after the work',
          ours: true,
          verdict: 'fine',
          says: 'The connection breaks and the message is handed out again at once. Killed in the middle of a fan-out, it was done after:',
          figure: { name: 'rabbitmq_recovery_s', unit: 's' },
        },
        {
          setting: 'automatic acknowledgement',
          ours: false,
          verdict: 'lost',
          says: 'Handed out counts as done: all that the dead consumer had been pushed is gone.',
          figure: { name: 'lost_acknowledgement_off', unit: 'messages lost' },
        },
        {
          setting: 'the machine loses power',
          ours: true,
          verdict: 'late',
          says: 'No connection breaks by itself; missed heartbeats end it, here after about 10 s. RabbitMQ’s own default is 60 s.',
        },
      ],
    },
    effect: {
      does: 'The worker pushes the tweet onto the timelines of its chunk.',
      crashes: receiptCrashes('rabbitmq'),
    },
    acknowledged: {
      does: 'An ack travels to the server. Nothing answers it.',
      crashes: [
        {
          setting: 'the ledger decides what is done',
          ours: true,
          verdict: 'fine',
          says: 'The message comes again: the ledger says done, and it is counted as an ignored redelivery.',
        },
        {
          setting: 'the redelivered flag decides',
          ours: false,
          verdict: 'twice',
          says: 'The flag tells that a message was handed out before. It cannot tell whether its work was done.',
        },
      ],
    },
    gone: {
      does: 'The queue drops it from its log. Dead letters have a queue of their own.',
      crashes: ledgerCrashes,
    },
  },
};
