import type { BrokerName } from '../variables.ts';

/** The steps of a message, the same on every broker. */
export const STEPS = ['publish', 'held', 'handed out', 'effect', 'acknowledged', 'gone'] as const;
export type Step = (typeof STEPS)[number];

/** What becomes of a message when something crashes at a step. `late`: nothing is lost, but it waits for a timeout. */
export type Verdict = 'fine' | 'late' | 'lost' | 'twice';

export type Crash = {
  /** How it is set up. */
  setting: string;
  /** True where this repository has it so. */
  ours: boolean;
  verdict: Verdict;
  says: string;
  /** The figure of `npm run bench -- brokers` that shows it; without one, this is explained and not measured. */
  figure?: { name: string; unit: 's' | 'messages lost' | 'timelines with it twice' };
};

/** What one broker does at a step, and what a crash there means by setting. */
export type Stop = { does: string; crashes: Crash[] };

/** A message's way through one broker. */
export type Journey = {
  broker: BrokerName;
  title: string;
  /** What a reader of its measured figures must know. */
  caveat?: string;
  stops: Record<Step, Stop>;
};
