'use client';

import { useEffect } from 'react';
import type { AccountView } from '#api/contract.ts';
import { OwnFooter } from '#app/home/own-footer.tsx';
import { clientNow } from '#app/outbox/client-times.ts';
import type { Entry } from '#app/outbox/outbox.ts';
import { useOutbox } from '#app/outbox/outbox-provider.tsx';
import { PaneTweet } from './pane-tweet.tsx';

type Props = { entry: Entry; author: AccountView; edit: (entry: Entry) => void };

/** A tweet that was posted here, from the key press on; the spark starts from it. */
export function SentCard({ entry, author, edit }: Props) {
  const { painted } = useOutbox();
  const { key, text, progress } = entry;
  useEffect(() => {
    const frame = requestAnimationFrame(() => painted(key, clientNow()));
    return () => cancelAnimationFrame(frame);
  }, [key, painted]);
  return (
    <li className="px-4 py-3" data-sent={progress.name === 'accepted' ? progress.tweet.id : ''}>
      <PaneTweet tweet={{ author, text }} />
      <div className="mt-1 ps-11">
        <OwnFooter entry={entry} edit={edit} />
      </div>
    </li>
  );
}
