'use client';

import Link from 'next/link';
import { type ReactNode, useState } from 'react';
import type { DeliveryView } from '#api/contract.ts';
import { useHealth } from '#app/browser/live/health.tsx';
import { MINUTE, SECOND } from '#core/durations.ts';
import { between, count, counted, duration, rate } from './figures.ts';
import { isPaused, measure, observe, type Pace, settledOf, stalledFor, stallReason } from './pace.ts';

type Props = {
  delivery: DeliveryView;
  /** From key press to `202`, when this browser posted it. */
  acceptedMs?: number | undefined;
};

/** How far a delivery is, in one line of fixed height. */
export function DeliveryLine({ delivery, acceptedMs }: Props) {
  const pace = usePace(delivery);
  return (
    <div className="relative text-xs tabular-nums">
      <p className="flex h-6 flex-wrap items-center gap-x-1 overflow-hidden text-muted leading-6">
        <Words delivery={delivery} pace={pace} acceptedMs={acceptedMs} />
      </p>
      {delivery.state === 'delivering' && <Bar delivery={delivery} />}
    </div>
  );
}

/** One line of fixed height under a tweet, for what is not a delivery yet. */
export function FooterLine({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-6 flex-wrap items-center gap-x-3 text-muted text-xs tabular-nums leading-6">
      {children}
    </div>
  );
}

function usePace(delivery: DeliveryView): Pace {
  const [seen, setSeen] = useState(() => ({ delivery, pace: observe(null, delivery) }));
  if (seen.delivery === delivery) return seen.pace;
  const pace = observe(seen.pace, delivery);
  setSeen({ delivery, pace });
  return pace;
}

function Words({ delivery, pace, acceptedMs }: Props & { pace: Pace }) {
  const { status } = useHealth();
  if (isPaused(delivery, status)) return <Paused />;
  const stalled = stalledFor(pace, delivery, status);
  if (stalled !== null) {
    return (
      <span className="font-medium text-warn">
        Stalled {duration(stalled)}: {stallReason(status)}
      </span>
    );
  }
  switch (delivery.state) {
    case 'waiting':
      return acceptedMs === undefined ? 'Accepted' : `Accepted in ${duration(acceptedMs)}`;
    case 'delivering':
      return <Delivering delivery={delivery} pace={pace} />;
    case 'delivered':
      return <Delivered delivery={delivery} />;
    case 'failed':
      return <Ended delivery={delivery}>Failed: {count(left(delivery))} followers did not get it</Ended>;
    case 'cancelled':
      return <Ended delivery={delivery}>Cancelled: deleted before everybody had it</Ended>;
  }
}

function Paused() {
  return (
    <span className="font-medium text-warn">
      Paused: goes on when deliveries are resumed ·{' '}
      <Link href="/console" className="link">
        Open console
      </Link>
    </span>
  );
}

function Delivering({ delivery, pace }: { delivery: DeliveryView; pace: Pace }) {
  const measured = measure(pace, left(delivery));
  return (
    <>
      <span className="whitespace-nowrap">
        Delivered {count(delivery.delivered)}
        {delivery.cold > 0 && ` + ${count(delivery.cold)} cold`} of {count(delivery.expected)}
      </span>
      {measured && <span className="whitespace-nowrap">· {rate(measured.perSecond, 1_000)}</span>}
      {measured && <span className="whitespace-nowrap">· about {roughly(measured.leftMs)} left</span>}
    </>
  );
}

function Delivered({ delivery }: { delivery: DeliveryView }) {
  const took = between(delivery.acceptedAt, delivery.finishedAt);
  if (delivery.expected === 0)
    return <Ended delivery={delivery}>Nobody follows yet: nothing to deliver ✓</Ended>;
  if (delivery.pulled > 0)
    return <Ended delivery={delivery}>Pulled by {counted(delivery.pulled, 'follower')} ✓</Ended>;
  return (
    <Ended delivery={delivery}>
      Delivered to {count(delivery.delivered)}
      {delivery.cold > 0 && ` + ${count(delivery.cold)} cold of ${count(delivery.expected)}`}
      {took !== null && ` in ${duration(took)}`} ✓
    </Ended>
  );
}

const TONES: Partial<Record<DeliveryView['state'], string>> = {
  ...{ delivered: 'text-good', failed: 'text-bad', cancelled: 'text-muted' },
};

function Ended({ delivery, children }: { delivery: DeliveryView; children: ReactNode }) {
  return (
    <Link
      href={`/t/${delivery.tweetId}/delivery`}
      prefetch={false} // Home may hold many of one's own tweets
      className={`truncate font-medium underline-offset-2 hover:underline ${TONES[delivery.state] ?? ''}`}
    >
      {children}
    </Link>
  );
}

function Bar({ delivery }: { delivery: DeliveryView }) {
  const share = settledOf(delivery) / Math.max(1, delivery.expected);
  return (
    <span aria-hidden className="absolute inset-x-0 -bottom-1 h-0.5 overflow-hidden rounded-full bg-line">
      <span
        className="block h-full origin-left bg-accent transition-transform duration-150 ease-linear"
        style={{ transform: `scaleX(${share})` }}
      />
    </span>
  );
}

/** An estimate in words. It has no tenths. */
const roughly = (ms: number) =>
  ms < MINUTE ? `${Math.max(1, Math.round(ms / SECOND))} s` : duration(Math.round(ms / SECOND) * SECOND);

const left = (delivery: DeliveryView) => delivery.expected - settledOf(delivery);
