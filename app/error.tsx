'use client';

import { useEffect, useRef } from 'react';
import { useHealth } from '#app/browser/live/health.tsx';

type Props = { error: { digest?: string }; retry: () => void };

/** Stands in place of a page that could not be rendered. If Postgres was away, the page comes back by itself. */
export default function ErrorPage({ error, retry }: Props) {
  const { status } = useHealth();
  const postgresAway = status?.postgres === 'away';
  const wasAway = useRef(false);
  useEffect(() => {
    if (wasAway.current && !postgresAway) retry();
    wasAway.current = postgresAway;
  }, [postgresAway, retry]);
  const { title, explanation } = TEXTS[postgresAway ? 'away' : kindOf(error)];
  return (
    <div className="mx-auto max-w-xl px-6 py-20">
      <h1 className="font-semibold text-2xl tracking-tight">{title}</h1>
      <p className="mt-2 text-muted">{explanation} What you have written is stored in this browser.</p>
      <p className="mt-6">
        <button type="button" onClick={retry} className="button">
          Try again
        </button>
      </p>
    </div>
  );
}

const kindOf = ({ digest }: Props['error']) => (digest === 'too-busy' ? 'busy' : 'failed');

const TEXTS = {
  away: {
    title: 'Postgres is away',
    explanation:
      'Tweets and timelines are read from it. This page comes back by itself as soon as Postgres answers.',
  },
  busy: {
    title: 'Too many requests are here at once',
    explanation: 'Every connection to Postgres is taken. There is room again within a second or two.',
  },
  failed: {
    title: 'This page could not be read',
    explanation: 'The server failed while it made this page. Its log says why.',
  },
};
