import type { BrokerName } from '#broker/variables.ts';

/** The steps of a message, the same on every broker. */
export const STEPS = ['publish', 'held', 'handed out', 'effect', 'acknowledged', 'gone'] as const;
export type Step = (typeof STEPS)[number];

/** What becomes of a message when something crashes at a step. `late`: nothing is lost, but it waits for a timeout. */
export type Verdict = 'fine' | 'late' | 'lost' | 'twice';

export type Crash = {
  /** How the broker is set up. */
  setting: string;
  /** True for the settings of this repository. */
  ours: boolean;
  verdict: Verdict;
  says: string;
  /** The figure of `npm run bench -- brokers` that shows it. Without one, the crash is explained and not measured. */
  figure?: { name: string; unit: 's' | 'messages lost' | 'timelines with it twice' };
};

/** What one broker does at a step, and what a crash there means with each setting. */
type Stop = { does: string; crashes: Crash[] };

/** The way that a message takes through one broker. */
export type Journey = {
  broker: BrokerName;
  title: string;
  /** What somebody who reads its figures must know. */
  caveat?: string;
  stops: Record<Step, Stop>;
};

/** The effect is the same with every broker: one Lua call with its receipt. It was measured with each. */
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

/** Until the broker has answered, all brokers are alike. */
export const outbox: Crash = {
  setting: 'with the outbox row in Postgres',
  ours: true,
  verdict: 'late',
  says: 'The row is not marked as published. The relay finds it 2 s later and publishes it, perhaps again.',
};

/** After the acknowledgement the broker has forgotten the message: only the ledger remembers it. */
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
