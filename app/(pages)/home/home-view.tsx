'use client';

import { ArrowUpIcon } from '@radix-ui/react-icons';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import type { AccountView, DeliveryView, TimelinePage, TweetView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { useHealth } from '#app/browser/live/health.tsx';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { useArticleKeys, useShortcut } from '#app/browser/shortcuts.ts';
import { Composer } from '#app/ui/composer.tsx';
import { DeliveryAnnouncement } from '#app/ui/delivery-announcer.tsx';
import { Dialog } from '#app/ui/dialog.tsx';
import { counted } from '#app/ui/figures.ts';
import { Timeline } from './timeline.tsx';
import { useHomeList } from './use-home-list.ts';

/** Loaded when somebody is about to delete. If it cannot be loaded, the dialog says so. */
const DeleteTweet = lazy(() =>
  import('./delete-tweet.tsx').then(
    ({ DeleteTweet: Loaded }) => ({ default: Loaded }),
    () => ({ default: () => <p role="alert">The server did not answer. Load the page again.</p> }),
  ),
);

type Props = { account: AccountView; page: TimelinePage; recent: DeliveryView[] };

/** Home, live: the composer, the timeline with tweets on their way, and the button for new tweets. */
export function HomeView({ account, page, recent }: Props) {
  const articles = useRef<HTMLDivElement>(null);
  const textarea = useRef<HTMLTextAreaElement>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const [toDelete, setToDelete] = useState<TweetView | null>(null);
  const [given, setGiven] = useState({ serial: 0, text: '' });
  const { post, drop, noteDeliveries } = useOutbox();
  const home = useHomeList(account, page);

  useAdopt(account);
  useEffect(() => noteDeliveries(recent), [noteDeliveries, recent]);
  useFocusOnArrival(textarea);
  useArticleKeys(articles);
  useShortcut('n', () => textarea.current?.focus());

  const load = () => {
    home.load();
    window.scrollTo({ top: 0 });
    requestAnimationFrame(() => articles.current?.querySelector('article')?.focus({ preventScroll: true }));
  };
  const edit = (entry: Entry) => {
    drop(entry.key);
    setGiven(({ serial }) => ({ serial: serial + 1, text: entry.text }));
    textarea.current?.focus();
  };
  const ask = (tweet: TweetView) => {
    setToDelete(tweet);
    dialog.current?.showModal();
  };

  return (
    <>
      <SourceNotice source={page.source} />
      <Composer
        account={account}
        textarea={textarea}
        given={given}
        post={(text) => {
          post(account.handle, text);
          textarea.current?.focus();
        }}
      />
      <NewTweets count={home.waiting} load={load} />
      <Timeline articles={articles} account={account} home={home} recent={recent} edit={edit} ask={ask} />
      <Dialog dialog={dialog} title="Delete this tweet?">
        <Suspense fallback={<div className="min-h-32" />}>
          {toDelete && (
            <DeleteTweet tweet={toDelete} close={() => dialog.current?.close()} deleted={home.remove} />
          )}
        </Suspense>
      </Dialog>
      <NewestDelivery entries={home.own} />
    </>
  );
}

/** The page was rendered for this account: the tab acts as it from now on. */
function useAdopt(account: AccountView): void {
  const { adopt } = useActing();
  useEffect(() => adopt(account), [account, adopt]);
}

function useFocusOnArrival(textarea: { readonly current: HTMLTextAreaElement | null }): void {
  useEffect(() => {
    if (location.hash === '#compose') textarea.current?.focus();
  }, [textarea]);
}

/** Tells a screen reader how far the newest own tweet is. */
function NewestDelivery({ entries }: { entries: readonly Entry[] }) {
  const { deliveries } = useOutbox();
  const newest = entries.find(({ state }) => state.name === 'accepted')?.state;
  const delivery = newest?.name === 'accepted' ? deliveries.get(newest.tweet.id) : undefined;
  return (
    <div role="status" className="sr-only">
      {delivery && <DeliveryAnnouncement key={delivery.tweetId} delivery={delivery} />}
    </div>
  );
}

/** Tweets that arrived wait behind this button, so that nothing moves while somebody reads. */
function NewTweets({ count, load }: { count: number; load(): void }) {
  useShortcut('.', () => count > 0 && load());
  return (
    <div className="pointer-events-none sticky top-8 z-10 flex h-0 justify-center">
      {count > 0 && (
        <button
          type="button"
          onClick={load}
          className="button-primary pointer-events-auto mt-2 flex h-9 items-center gap-2 rounded-full px-4 font-medium text-sm shadow-float"
        >
          <ArrowUpIcon aria-hidden className="size-3.75" />
          {counted(count, 'new tweet')}
        </button>
      )}
      <span role="status" className="sr-only">
        {count > 0 && `${counted(count, 'new tweet')} waiting`}
      </span>
    </div>
  );
}

/** Says that the page comes from Postgres, for as long as the timeline store is away. */
function SourceNotice({ source }: { source: TimelinePage['source'] }) {
  const { status } = useHealth();
  if (source === 'timeline' || status?.timelines === 'ok') return null;
  return (
    <p className="border-b bg-warn-soft px-4 py-2 text-sm text-warn md:px-6">
      The timeline store is away. This page is read from Postgres: it is complete, only slower. Posting works.
    </p>
  );
}
