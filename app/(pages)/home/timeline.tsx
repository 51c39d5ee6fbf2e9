'use client';

import { TrashIcon } from '@radix-ui/react-icons';
import Link from 'next/link';
import { type MouseEvent, type RefObject, useEffect, useRef, useState } from 'react';
import type { AccountView, DeliveryView, TweetView } from '#api/contract.ts';
import { clientNow } from '#app/browser/outbox/client-times.ts';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { DeliveryLine } from '#app/ui/delivery-line.tsx';
import { OwnFooter } from '#app/ui/own-footer.tsx';
import { TweetCard } from '#app/ui/tweet-card.tsx';
import { arrange, type HomeList, MOST } from './home-list.ts';
import type { HomeHandle } from './use-home-list.ts';

type Props = {
  articles: RefObject<HTMLDivElement | null>;
  account: AccountView;
  home: HomeHandle;
  recent: DeliveryView[];
  edit(entry: Entry): void;
  ask(tweet: TweetView): void;
};

/** The articles, from the top; the oldest are behind a real link. */
export function Timeline({ articles, account, home, recent, edit, ask }: Props) {
  const { deliveries } = useOutbox();
  const items = arrange(home.list, home.own);
  const size = home.list.nextCursor || home.list.trimmed ? -1 : items.length;
  if (items.length === 0) return <Empty account={account} />;
  return (
    <>
      <div ref={articles} role="feed" aria-label="Home timeline">
        {items.map((item, index) => {
          const place = { position: index + 1, size };
          if (item.kind === 'own') {
            return (
              <Own
                key={item.entry.key}
                {...place}
                account={account}
                entry={item.entry}
                edit={edit}
                ask={ask}
              />
            );
          }
          const { tweet } = item;
          const own = tweet.author.handle === account.handle;
          const delivery = deliveries.get(tweet.id) ?? recent.find(({ tweetId }) => tweetId === tweet.id);
          return (
            <TweetCard
              key={tweet.id}
              id={`t${tweet.id}`}
              {...place}
              author={tweet.author}
              text={tweet.text}
              createdAt={tweet.createdAt}
              tools={own && <OwnTools tweetId={tweet.id} ask={() => ask(tweet)} />}
              footer={own && delivery && <DeliveryLine delivery={delivery} />}
            />
          );
        })}
      </div>
      <Older list={home.list} append={home.append} />
    </>
  );
}

type OwnProps = Pick<Props, 'account' | 'edit' | 'ask'> & { entry: Entry; position: number; size: number };

function Own({ account, entry, edit, ask, position, size }: OwnProps) {
  const card = usePainted(entry.key);
  const tweet = entry.state.name === 'accepted' ? entry.state.tweet : null;
  return (
    <TweetCard
      ref={card}
      id={`o${entry.key}`}
      position={position}
      size={size}
      author={account}
      text={entry.text}
      createdAt={tweet?.createdAt ?? null}
      tools={tweet && <OwnTools tweetId={tweet.id} ask={() => ask(tweet)} />}
      footer={<OwnFooter entry={entry} edit={edit} />}
    />
  );
}

/** Notes the first frame in which the card was painted, for the waterfall. */
function usePainted(key: string): RefObject<HTMLElement | null> {
  const card = useRef<HTMLElement>(null);
  const { painted } = useOutbox();
  useEffect(() => {
    const frame = requestAnimationFrame(() => painted(key, clientNow()));
    return () => cancelAnimationFrame(frame);
  }, [key, painted]);
  return card;
}

function Older({ list, append }: { list: HomeList; append(): Promise<void> }) {
  const [state, setState] = useState<'idle' | 'reading' | 'failed'>('idle');
  if (list.trimmed) {
    return (
      <p className="p-6 text-center text-muted text-sm">
        {MOST} tweets are on this page.{' '}
        <a className="link" href="/home">
          Start again from the newest
        </a>
      </p>
    );
  }
  if (!list.nextCursor) return <p className="p-8 text-center text-muted text-sm">That is all there is.</p>;
  const here = (event: MouseEvent) => {
    if (list.shown.length >= MOST) return;
    event.preventDefault();
    setState('reading');
    append().then(
      () => setState('idle'),
      () => setState('failed'),
    );
  };
  return (
    <p className="flex justify-center gap-3 p-6 text-sm">
      <Link href={`/home?cursor=${encodeURIComponent(list.nextCursor)}`} onClick={here} className="button">
        {state === 'reading' ? 'Reading older tweets …' : 'Older tweets'}
      </Link>
      {state === 'failed' && (
        <span role="alert" className="self-center text-bad">
          No answer. Try again.
        </span>
      )}
    </p>
  );
}

function Empty({ account }: { account: AccountView }) {
  const nobody = account.followingCount === 0;
  return (
    <div className="px-6 py-16 text-center">
      <p className="font-medium">{nobody ? 'You follow nobody' : 'Nothing here yet'}</p>
      <p className="mx-auto mt-1 max-w-sm text-muted text-sm">
        {nobody
          ? 'So no tweet can arrive. Write one above, or press a to act as somebody who follows others.'
          : 'Tweets of those you follow arrive here by themselves. Write one above, or act as somebody else and watch it come.'}
      </p>
    </div>
  );
}

/** Links and buttons for the author of a tweet. */
function OwnTools({ tweetId, ask }: { tweetId: number; ask(): void }) {
  return (
    <>
      <Link
        href={`/t/${tweetId}/delivery`}
        className="rounded-md px-2 py-1 text-muted text-xs hover:bg-ink/5 hover:text-ink"
      >
        Delivery
      </Link>
      <button
        type="button"
        onClick={ask}
        className="grid size-7 place-items-center rounded-md text-muted hover:bg-bad-soft hover:text-bad"
      >
        <TrashIcon aria-hidden className="size-3.75" />
        <span className="sr-only">Delete</span>
      </button>
    </>
  );
}
