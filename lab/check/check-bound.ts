import type { Round } from '#lab/bench/overload/round.ts';
import { significant, whole } from '#lab/harness/table.ts';

/** Lists how a load broke the promise that the backlog never exceeds its bound. */
export function checkBound({
  aboveBound,
  mostBacklog,
  law,
}: Pick<Round, 'aboveBound' | 'mostBacklog' | 'law'>): string[] {
  if (aboveBound === 0) return [];
  const growth =
    law?.state === 'growing' ? `, and grew by ${significant(law.perSecond)} a second to the end` : '';
  return [`the backlog exceeded its bound: it reached ${whole(mostBacklog)} deliveries${growth}`];
}

/** The promised wait rests on a measured rate, and a machine that also does other work may be slower for a moment. */
const SLACK = 1.25;

/** Whether all but one of 100 deliveries came within the promised time. */
export const isInTime = ({ waitP99 }: Pick<Round, 'waitP99'>, promisedS: number): boolean =>
  waitP99 <= SLACK * promisedS;
