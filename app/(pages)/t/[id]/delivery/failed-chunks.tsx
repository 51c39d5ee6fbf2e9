'use client';

import { useState } from 'react';
import type { ChunkView, TweetView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { retryFailed } from '#app/browser/api.ts';
import { count, counted } from '#app/ui/figures.ts';

/** Failed chunks with their last errors, and a button that retries them all. Nothing when none failed. */
export function FailedChunks({ chunks, tweet }: { chunks: ChunkView[]; tweet: TweetView }) {
  const failed = chunks.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return null;
  return (
    <section aria-labelledby="failed" className="card border-bad p-4 sm:p-5">
      <h2 id="failed" className="mb-3 font-semibold text-bad">
        {counted(failed.length, 'failed chunk')}
      </h2>
      <ul className="space-y-2 text-sm">
        {failed.map(({ number, expected, attempts, error }) => (
          <li key={number}>
            <span className="font-medium">Chunk {count(number + 1)}</span>
            <span className="text-muted tabular-nums">
              , {counted(expected, 'follower')}, {counted(attempts, 'attempt')}:
            </span>{' '}
            <code className="break-words text-bad">{error ?? 'no error was stored'}</code>
          </li>
        ))}
      </ul>
      <RetryFailed tweet={tweet} />
    </section>
  );
}

/** For the author alone: the server refuses everybody else. */
function RetryFailed({ tweet: { id, author } }: { tweet: TweetView }) {
  const { acting } = useActing();
  const [message, setMessage] = useState('');
  const [busy, setBusy] = useState(false);
  if (acting?.handle !== author.handle) {
    return (
      <p className="mt-4 text-muted text-sm">
        Only the author can retry them: act as <span dir="auto">{author.name}</span> (press a).
      </p>
    );
  }
  const retry = async () => {
    setBusy(true);
    await retryFailed(id, author.handle).then(
      ({ chunks }) => setMessage(`Another chance for ${counted(chunks, 'chunk')}.`),
      (error: Error) => setMessage(`Not retried: ${error.message}`),
    );
    setBusy(false);
  };
  return (
    <p className="mt-4 flex flex-wrap items-center gap-3 text-sm">
      <button type="button" className="button" disabled={busy} onClick={retry}>
        Retry failed
      </button>
      <span role="status">{message}</span>
    </p>
  );
}
