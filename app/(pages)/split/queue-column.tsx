import Link from 'next/link';
import type { DeliveryView } from '#api/contract.ts';
import { between, count, duration } from '#app/ui/figures.ts';
import { settledOf } from '#app/ui/pace.ts';

const WORD: Record<DeliveryView['state'], string> = {
  waiting: 'in the queue',
  delivering: 'delivering',
  delivered: 'delivered',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** The column between the panes: the author's last tweets as the ledger has them, the newest on top. */
export function QueueColumn({ deliveries }: { deliveries: DeliveryView[] }) {
  return (
    <section aria-labelledby="queue" className="relative flex flex-col gap-2 py-2 lg:px-2 lg:py-4">
      <div
        aria-hidden="true"
        className="absolute inset-x-0 top-6 border-t-2 border-dashed lg:-inset-x-4 lg:top-8"
      />
      <h2
        id="queue"
        className="relative mx-auto rounded-full border bg-surface px-3 py-1 text-xs font-medium tracking-wide text-muted uppercase"
      >
        Queue
      </h2>
      {deliveries.length === 0 && (
        <p className="mt-3 text-center text-xs text-muted">What you post on the left goes through here.</p>
      )}
      <ul className="mt-3 flex gap-2 lg:flex-col">
        {deliveries.map((delivery) => (
          <DeliveryCard key={delivery.tweetId} delivery={delivery} />
        ))}
      </ul>
    </section>
  );
}

function DeliveryCard({ delivery }: { delivery: DeliveryView }) {
  const { tweetId, state, delivered, expected, pulled, acceptedAt, finishedAt } = delivery;
  const share = expected === 0 ? 1 : settledOf(delivery) / expected;
  const took = between(acceptedAt, finishedAt);
  return (
    <li className="min-w-0 flex-1">
      <Link
        href={`/t/${tweetId}/delivery`}
        className="block rounded-lg border bg-surface p-2.5 text-xs hover:border-accent"
      >
        <span className={`font-medium ${state === 'delivered' ? 'text-good' : ''}`}>
          {pulled > 0 ? 'pulled' : WORD[state]}
          {pulled === 0 && took !== null && ` in ${duration(took)}`}
        </span>
        <span className="block text-muted tabular-nums">
          {count(delivered + pulled)} of {count(expected)}
        </span>
        <span aria-hidden="true" className="mt-1.5 block h-1 overflow-hidden rounded-full bg-canvas">
          <span
            className="block h-full origin-left bg-accent transition-transform duration-150"
            style={{ transform: `scaleX(${share})` }}
          />
        </span>
      </Link>
    </li>
  );
}
