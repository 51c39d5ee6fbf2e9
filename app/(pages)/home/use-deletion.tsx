'use client';

import { lazy, type ReactNode, Suspense, useRef, useState } from 'react';
import type { TweetView } from '#api/contract.ts';
import { Dialog } from '#app/ui/dialog.tsx';

/** Loaded when somebody is about to delete. If it cannot be loaded, the dialog says so. */
const DeleteTweet = lazy(() =>
  import('./delete-tweet.tsx').then(
    ({ DeleteTweet: Loaded }) => ({ default: Loaded }),
    () => ({ default: () => <p role="alert">The server did not answer. Load the page again.</p> }),
  ),
);

/** The dialog that asks before a tweet is deleted, and what opens it. */
export function useDeletion(deleted: (tweetId: number) => void): {
  ask(tweet: TweetView): void;
  dialog: ReactNode;
} {
  const dialog = useRef<HTMLDialogElement>(null);
  const [tweet, setTweet] = useState<TweetView | null>(null);
  const close = () => dialog.current?.close();
  return {
    ask: (asked) => {
      setTweet(asked);
      dialog.current?.showModal();
    },
    dialog: (
      <Dialog dialog={dialog} title="Delete this tweet?">
        <Suspense fallback={<div className="min-h-32" />}>
          {tweet && <DeleteTweet tweet={tweet} close={close} deleted={deleted} />}
        </Suspense>
      </Dialog>
    ),
  };
}
