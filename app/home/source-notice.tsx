import type { TimelinePage } from '#app/contract.ts';

/** Says when the page comes from Postgres because the timeline store is away. */
export function SourceNotice({ source }: { source: TimelinePage['source'] }) {
  if (source === 'timeline') return null;
  return (
    <p className="border-b bg-warn-soft px-4 py-2 text-sm text-warn md:px-6">
      The timeline store is away. This page is read from Postgres: complete, only slower. Posting works.
    </p>
  );
}
