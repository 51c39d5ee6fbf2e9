import { ArrowRightIcon, LightningBoltIcon } from '@radix-ui/react-icons';
import Link from 'next/link';

/** The third way in: to the lab. */
export function BreakSomething() {
  return (
    <Link
      href="/lab"
      className="group mt-3 flex items-center gap-4 rounded-2xl border bg-surface p-4 transition-shadow hover:border-accent hover:shadow-float"
    >
      <span className="grid size-14 shrink-0 place-items-center rounded-full bg-accent-soft text-accent">
        <LightningBoltIcon aria-hidden className="size-6" />
      </span>
      <span className="min-w-0 flex-1">
        <span className="block font-semibold">Break something</span>
        <span className="block text-muted text-sm">
          Kill a worker, empty the queue, restart Postgres, and see that no tweet is lost.
        </span>
      </span>
      <ArrowRightIcon
        aria-hidden
        className="size-4.5 shrink-0 text-muted transition-transform group-hover:translate-x-0.5 group-hover:text-accent"
      />
    </Link>
  );
}
