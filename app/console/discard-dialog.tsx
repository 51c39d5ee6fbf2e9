'use client';

import type { RefObject } from 'react';
import type { Matching } from '#app/client/dead-letters.ts';
import { Dialog } from '#app/components/dialog.tsx';
import { counted } from '#app/delivery/figures.ts';

/** Which dead letters, and how many were looked at. */
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
      {asked?.matching.task !== undefined && (
        <p className="text-sm">
          Task {asked.matching.task} stays in the ledger as cancelled, with its error, until its time to be
          kept is over. Nobody runs it again.
        </p>
      )}
      {asked && asked.matching.task === undefined && (
        <p className="text-sm">
          {counted(asked.letters, 'job')} of {asked.matching.queue}
          {asked.matching.error !== undefined && (
            <>
              {' '}
              that died of <code className="break-words text-bad">{asked.matching.error || 'no error'}</code>
            </>
          )}{' '}
          will be gone from the broker, and those that come with the same error until then.
        </p>
      )}
      {asked?.matching.task === undefined && (
        <p className="mt-3 text-muted text-sm">
          The ledger keeps what it knows: a chunk that failed stays failed, and can be retried on the delivery
          page of its tweet.
        </p>
      )}
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
