'use client';

import type { TimelinePage } from '#api/contract.ts';
import { useHealth } from '#app/shell/status-strip.tsx';

/** Says that the page comes from Postgres, for as long as the timeline store is away. */
export function SourceNotice({ source }: { source: TimelinePage['source'] }) {
  const { status } = useHealth();
  if (source === 'timeline' || status?.timelines === 'ok') return null;
  return (
    <p className="border-b bg-warn-soft px-4 py-2 text-sm text-warn md:px-6">
      The timeline store is away. This page is read from Postgres: complete, only slower. Posting works.
    </p>
  );
}
