import type { AuditView, DeliveryView } from '#api/contract.ts';
import { headline } from './headline.ts';
import type { Situation } from './situation.ts';

const TONE: Record<Situation['tone'], string> = {
  calm: 'text-muted',
  good: 'text-good',
  warn: 'text-warn',
  bad: 'text-bad',
};

type Props = { delivery: DeliveryView; audit: AuditView | null; situation: Situation };

/** The page's one sentence of figures, and under it where the delivery stands. */
export function HeadlineFigures({ delivery, audit, situation }: Props) {
  const [first, ...rest] = headline(delivery, audit);
  return (
    <header>
      <h1 className="tabular-nums">
        <span className="block text-3xl font-semibold tracking-tight sm:text-5xl">{first}</span>
        <span className="sr-only"> delivered · </span>
        <span className="mt-2 block min-h-7 text-base text-muted sm:text-lg">{rest.join(' · ')}</span>
      </h1>
      <p className={`mt-1 min-h-6 text-sm font-medium ${TONE[situation.tone]}`}>{situation.sentence}</p>
    </header>
  );
}
