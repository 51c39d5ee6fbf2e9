'use client';

import { type RefObject, useEffect, useRef } from 'react';
import type { AccountView, DeliveryView, TweetView } from '#api/contract.ts';
import { clientNow } from '#app/browser/outbox/client-times.ts';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { DeliveryLine } from '#app/ui/delivery-line.tsx';
import { OwnFooter } from '#app/ui/own-footer.tsx';
import { OwnTools } from '#app/ui/own-tools.tsx';
import { TweetCard } from '#app/ui/tweet-card.tsx';
import { arrange } from './home-list.ts';
import { Empty, Older } from './timeline-end.tsx';
import type { HomeHandle } from './use-home-list.ts';

type Props = {
  articles: RefObject<HTMLDivElement | null>;
  account: AccountView;
  home: HomeHandle;
  recent: DeliveryView[];
  edit(entry: Entry): void;
  ask(tweet: TweetView): void;
};

/** The articles, from the top. Older ones are behind a real link. */
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
              via={tweet.app?.name}
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
