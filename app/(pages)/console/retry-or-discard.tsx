'use client';

type Props = {
  /** Which dead letters, such as `these 3`. */
  what: string;
  busy: boolean;
  /** Null when no retry matches exactly these. */
  retry: (() => void) | null;
  /** Asks before it discards. */
  discard(): void;
};

/** Two buttons for dead letters: another chance, or gone for good. */
export function RetryOrDiscard({ what, busy, retry, discard }: Props) {
  return (
    <div className="flex flex-wrap gap-2">
      {retry && (
        <button type="button" className="button" disabled={busy} onClick={retry}>
          Retry {what}
        </button>
      )}
      <button type="button" className="button" disabled={busy} onClick={discard}>
        Discard {what} …
      </button>
    </div>
  );
}
