'use client';

import { useRef, useState } from 'react';
import type { AccountView, TweetView } from '#api/contract.ts';
import { Composer } from '#app/home/composer.tsx';
import type { Entry } from '#app/outbox/outbox.ts';
import { useOutbox } from '#app/outbox/outbox-provider.tsx';
import { Pane } from './pane.tsx';
import { PaneTweet } from './pane-tweet.tsx';
import { SentCard } from './sent-card.tsx';

type Props = { author: AccountView; entries: readonly Entry[]; own: TweetView[] };

/** The left pane: what the author posts stands there in the frame of the key press, whoever else acts in this tab. */
export function AuthorPane({ author, entries, own }: Props) {
  const { post, drop } = useOutbox();
  const textarea = useRef<HTMLTextAreaElement>(null);
  const [given, setGiven] = useState({ serial: 0, text: '' });
  const edit = ({ key, text }: Entry) => {
    drop(key);
    setGiven(({ serial }) => ({ serial: serial + 1, text }));
    textarea.current?.focus();
  };
  const sent = entries.flatMap(({ progress }) => (progress.name === 'accepted' ? [progress.tweet.id] : []));
  return (
    <Pane account={author} part="Author">
      <Composer
        account={author}
        textarea={textarea}
        given={given}
        post={(text) => post(author.handle, text)}
      />
      {/* Stacked on a phone, two are enough: the follower below must stay near. */}
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
