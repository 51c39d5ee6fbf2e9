import type { ChunkView } from '#app/contract.ts';
import { count, counted } from './figures.ts';

/** Chunks that gave up, each with its last error; nothing when there is none. */
export function FailedChunks({ chunks }: { chunks: ChunkView[] }) {
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
            <code className="break-words text-bad">{error ?? 'no error was kept'}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
