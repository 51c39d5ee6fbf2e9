'use client';

type Props = {
  /** What they act on, as `these 3`. */
  what: string;
  busy: boolean;
  /** Null when nothing retries exactly these. */
  retry: (() => void) | null;
  /** Asks first. */
  discard(): void;
};

/** The two things that can be done with dead letters: another chance, or the bin. */
export function Acts({ what, busy, retry, discard }: Props) {
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
