'use client';

import { useEffect, useRef } from 'react';
import { useHealth } from '#app/browser/live/health.tsx';

/** Stands in place of a page that could not be read. When Postgres was away, the page comes back by itself. */
export default function ErrorPage({ retry }: { error: unknown; retry: () => void }) {
  const { status } = useHealth();
  const postgresAway = status?.postgres === 'away';
  const wasAway = useRef(false);
  useEffect(() => {
    if (wasAway.current && !postgresAway) retry();
    wasAway.current = postgresAway;
  }, [postgresAway, retry]);
  return (
    <div className="mx-auto max-w-xl px-6 py-20">
      <h1 className="font-semibold text-2xl tracking-tight">
        {postgresAway ? 'Postgres is away' : 'This page could not be read'}
      </h1>
      <p className="mt-2 text-muted">
        {postgresAway
          ? 'Tweets and timelines are read from it. This page comes back by itself as soon as Postgres answers. What you have written is stored in this browser.'
          : 'The server failed while it made this page. Its log says why. What you have written is stored in this browser.'}
      </p>
      <p className="mt-6">
        <button type="button" onClick={retry} className="button">
          Try again
        </button>
      </p>
    </div>
  );
}
