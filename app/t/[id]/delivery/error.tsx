'use client';

import { useLive } from '#app/live/use-live.ts';

/** The ledger could not be read. Tries again by itself when the status says that Postgres is back. */
export default function LedgerAway({ retry }: { error: unknown; retry: () => void }) {
  useLive(['status'], {
    status: ({ postgres }) => {
      if (postgres === 'ok') retry();
    },
  });
  return (
    <div className="mx-auto w-full max-w-xl px-4 py-16">
      <h1 className="text-2xl font-semibold">This delivery cannot be read now</h1>
      <p className="mt-2 text-muted">
        The ledger, which knows this delivery, cannot be read now. Nothing is lost, and this page comes back
        by itself.
      </p>
      <button type="button" className="button button-primary mt-6" onClick={retry}>
        Try again
      </button>
    </div>
  );
}
