import { Check, Clock, Copy, X } from 'lucide-react';
import type { Verdict } from '#broker/journey/journey.ts';

const MARKS = {
  fine: { Icon: Check, paint: 'bg-good-soft text-good' },
  late: { Icon: Clock, paint: 'bg-warn-soft text-warn' },
  lost: { Icon: X, paint: 'bg-bad-soft text-bad' },
  twice: { Icon: Copy, paint: 'bg-bad-soft text-bad' },
} satisfies Record<Verdict, unknown>;

/** What becomes of a message, in a word, a mark and a colour. */
export function VerdictMark({ verdict }: { verdict: Verdict }) {
  const { Icon, paint } = MARKS[verdict];
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-full px-2 py-0.5 font-semibold text-xs ${paint}`}
    >
      <Icon aria-hidden size={12} strokeWidth={2.5} />
      {verdict}
    </span>
  );
}
