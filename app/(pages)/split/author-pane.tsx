'use client';

import { useEffect, useRef, useState } from 'react';
import type { AccountView, TweetView } from '#api/contract.ts';
import { clientNow } from '#app/browser/outbox/client-times.ts';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { Composer } from '#app/ui/composer.tsx';
import { OwnFooter } from '#app/ui/own-footer.tsx';
import { Pane, PaneTweet } from './pane.tsx';

type Props = { author: AccountView; entries: readonly Entry[]; own: TweetView[] };

/** The left pane. The author's tweet stands there within the frame of the key press, whoever else acts in this tab. */
export function AuthorPane({ author, entries, own }: Props) {
  const { post, drop } = useOutbox();
  const textarea = useRef<HTMLTextAreaElement>(null);
  const [given, setGiven] = useState({ serial: 0, text: '' });
  const edit = ({ key, text }: Entry) => {
    drop(key);
    setGiven(({ serial }) => ({ serial: serial + 1, text }));
    textarea.current?.focus();
  };
  const sent = entries.flatMap(({ state }) => (state.name === 'accepted' ? [state.tweet.id] : []));
  return (
    <Pane account={author} side="Author">
      <Composer
        account={author}
        textarea={textarea}
        given={given}
        post={(text) => post(author.handle, text)}
      />
      {/* On a phone the panes are stacked. Only two tweets are shown, so that the follower below stays near. */}
      <ul className="divide-y max-lg:*:nth-[n+3]:hidden">
        {entries.map((entry) => (
          <SentCard key={entry.key} entry={entry} author={author} edit={edit} />
        ))}
        {own
          .filter(({ id }) => !sent.includes(id))
          .map((tweet) => (
            <li key={tweet.id} className="px-4 py-3">
              <PaneTweet tweet={tweet} />
            </li>
          ))}
      </ul>
    </Pane>
  );
}

type SentCardProps = { entry: Entry; author: AccountView; edit: (entry: Entry) => void };

/** A tweet that was posted here, shown from the key press on. The spark starts from it. */
function SentCard({ entry, author, edit }: SentCardProps) {
  const { painted } = useOutbox();
  const { key, text, state } = entry;
  useEffect(() => {
    const frame = requestAnimationFrame(() => painted(key, clientNow()));
    return () => cancelAnimationFrame(frame);
  }, [key, painted]);
  return (
    <li className="px-4 py-3" data-sent={state.name === 'accepted' ? state.tweet.id : ''}>
      <PaneTweet tweet={{ author, text }} />
      <div className="mt-1 ps-11">
        <OwnFooter entry={entry} edit={edit} />
      </div>
    </li>
  );
}
