import type { AuditView, DeliveryView } from '#api/contract.ts';
import { between, count, counted, duration, rate } from '#app/ui/figures.ts';
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
  const word = delivery.pulled > 0 ? 'pulled' : 'delivered';
  return (
    <header>
      <h1 className="tabular-nums">
        <span className="block text-3xl font-semibold tracking-tight sm:text-5xl">{first}</span>
        <span className="sr-only"> {word} · </span>
        <span className="mt-2 block min-h-7 text-base text-muted sm:text-lg">{rest.join(' · ')}</span>
      </h1>
      <p className={`mt-1 min-h-6 text-sm font-medium ${TONE[situation.tone]}`}>{situation.sentence}</p>
    </header>
  );
}

/** The delivery in one line of figures. Only an audit counts missing and twice: without one the line says so. */
export function headline(delivery: DeliveryView, audit: AuditView | null): string[] {
  return [
    `${count(delivery.delivered + delivery.pulled)} of ${count(delivery.expected)}`,
    ...settled(delivery),
    ...proof(delivery, audit),
    ...(delivery.redeliveries > 0
      ? [`${counted(delivery.redeliveries, 'redelivery', 'redeliveries')} ignored`]
      : []),
    ...pace(delivery),
  ];
}

function settled({ cold, gone, pulled }: DeliveryView): string[] {
  if (pulled > 0) return ['pulled'];
  return [...(cold > 0 ? [`${count(cold)} cold`] : []), ...(gone > 0 ? [`${count(gone)} gone`] : [])];
}

function proof({ state, expected }: DeliveryView, audit: AuditView | null): string[] {
  if (audit) return [`${count(audit.missing)} missing`, `${count(audit.twice)} twice`];
  return state === 'delivered' && expected > 0 ? ['not audited yet'] : [];
}

function pace(delivery: DeliveryView): string[] {
  if (delivery.pulled > 0) return []; // nothing was done that could take time
  const total = between(delivery.acceptedAt, delivery.finishedAt);
  if (total !== null) return [duration(total)];
  const running = between(delivery.startedAt, delivery.now);
  if (running === null || running <= 0 || delivery.delivered === 0) return [];
  return [rate(delivery.delivered, running) ?? '', duration(running)];
}
