import { z } from 'zod';
import { BROKERS } from '#broker/variables.ts';
import { significant, time } from '#lab/run/table.ts';
import { toMarkdown } from '../chaos/markdown.ts';
import type { Recovery } from './measure-recovery.ts';

/** What is kept of the recovery of one broker. */
export const brokerRecovery = z.object({
  broker: z.enum(BROKERS),
  recoveries: z.array(
    z.object({ what: z.string(), medianMs: z.number(), longestMs: z.number(), goalMs: z.number() }),
  ),
});

export type BrokerRecovery = z.infer<typeof brokerRecovery>;

/** Median and longest of what was measured. */
export const summary = ({ what, ms, goalMs }: Recovery): BrokerRecovery['recoveries'][number] => ({
  ...{ what, goalMs },
  medianMs: ms.toSorted((a, b) => a - b)[Math.floor(ms.length / 2)] ?? 0,
  longestMs: Math.max(...ms),
});

/** How soon all works again, one column a broker. */
export function recoveryTable(all: BrokerRecovery[]): string {
  const names = [...new Set(all.flatMap(({ recoveries }) => recoveries.map(({ what }) => what)))];
  const cell = (what: string, { recoveries }: BrokerRecovery) => {
    const found = recoveries.find((recovery) => recovery.what === what);
    return found ? `${significant(found.medianMs)} / ${time(found.longestMs, 'ms')}` : '';
  };
  return toMarkdown({
    head: ['median / longest', ...all.map(({ broker }) => broker)],
    rows: names.map((what) => [what, ...all.map((broker) => cell(what, broker))]),
  });
}
