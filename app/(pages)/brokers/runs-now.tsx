'use client';

import { useHealth } from '#app/browser/live/health.tsx';

/** Which broker this system runs on, and its state by the last live sample. */
export function RunsNow({ title }: { title: string }) {
  const { status } = useHealth();
  return (
    <p className="card mt-4 flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-3">
      <span className="font-medium text-accent text-xs uppercase tracking-wide">Live · runs now</span>
      <strong className="font-semibold">{title}</strong>
      <span className={status?.queue === 'away' ? 'text-bad' : 'text-muted'}>
        {status ? `queue ${status.queue}` : 'no sample yet'}
      </span>
    </p>
  );
}
