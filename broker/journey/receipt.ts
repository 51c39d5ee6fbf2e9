import type { BrokerName } from '../variables.ts';
import type { Crash } from './journey.ts';

/** The effect is the same behind every broker: one Lua call with its receipt. Measured behind each of them. */
export const receiptCrashes = (broker: BrokerName): Crash[] => [
  {
    setting: 'with the chunk receipt',
    ours: true,
    verdict: 'fine',
    says: 'The message comes again. The receipt answers with the counts of the first time and nothing is pushed.',
    figure: { name: `${broker}_twice_with_receipt`, unit: 'timelines with it twice' },
  },
  {
    setting: 'without a receipt',
    ours: false,
    verdict: 'twice',
    says: 'The message comes again and the tweet is pushed again.',
    figure: { name: `${broker}_twice_without_receipt`, unit: 'timelines with it twice' },
  },
];

/** Before the broker has answered, it makes no difference which one it is. */
export const outbox: Crash = {
  setting: 'with the outbox row in Postgres',
  ours: true,
  verdict: 'late',
  says: 'The row is not marked as published. The relay finds it 2 s later and publishes it, perhaps again.',
};

/** After the acknowledgement, the broker is no longer the one that remembers. */
export const ledgerCrashes: Crash[] = [
  {
    setting: 'with the ledger in Postgres',
    ours: true,
    verdict: 'late',
    says: 'What is done stays done. What was still in the emptied broker and is not done is published again after 12 s without progress.',
  },
  {
    setting: 'with the broker as the only record',
    ours: false,
    verdict: 'lost',
    says: 'Nobody can tell what was in it, or whether all of it was done.',
  },
];
