'use client';

import type { RefObject } from 'react';
import type { Matching } from '#app/browser/api.ts';
import { Dialog } from '#app/ui/dialog.tsx';
import { counted } from '#app/ui/figures.ts';

/** Which dead letters to discard, and how many messages of the broker were looked at. */
export type ToDiscard = { matching: Matching; letters: number };

type Props = {
  dialog: RefObject<HTMLDialogElement | null>;
  asked: ToDiscard | null;
  discard(matching: Matching): void;
};

/** Asks before dead letters are dropped for good. */
export function DiscardDialog({ dialog, asked, discard }: Props) {
  const confirm = () => {
    dialog.current?.close();
    if (asked) discard(asked.matching);
  };
  return (
    <Dialog dialog={dialog} title="Discard dead letters?">
      {asked && <What {...asked} />}
      <div className="mt-5 flex justify-end gap-2">
        <button type="button" onClick={() => dialog.current?.close()} className="button">
          Keep them
        </button>
        <button type="button" onClick={confirm} className="button text-bad">
          Discard
        </button>
      </div>
    </Dialog>
  );
}

function What({ matching: { queue, error, task }, letters }: ToDiscard) {
  return (
    <div className="space-y-3 text-sm">
      {letters > 0 && (
        <p>
          {counted(letters, 'job')} of {queue}
          {error !== undefined && (
            <>
              {' '}
              that died of <DiedOf error={error} />
            </>
          )}{' '}
          will be removed from the broker, with any like them that come until then.
        </p>
      )}
      {queue === 'task' && task === undefined && (
        <p>
          All tasks that{' '}
          {error === undefined ? 'were given up' : ['died of ', <DiedOf key="error" error={error} />]} stay in
          the ledger as cancelled, with their errors, until they expire. They do not run again.
        </p>
      )}
      {task !== undefined && (
        <p>
          Task {task} stays in the ledger as cancelled, with its error, until it expires. It does not run
          again.
        </p>
      )}
      {queue !== 'task' && (
        <p className="text-muted">
          The ledger does not change: a chunk that failed stays failed, and can be retried on the delivery
          page of its tweet.
        </p>
      )}
    </div>
  );
}

const DiedOf = ({ error }: { error: string }) => (
  <code className="break-words text-bad">{error || 'no error'}</code>
);
