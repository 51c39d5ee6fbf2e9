'use client';

import { useEffect, useRef, useState } from 'react';
import type { AccountView, DeliveryView, TimelinePage, TweetView } from '#api/contract.ts';
import type { Entry } from '#app/outbox/outbox.ts';
import { useOutbox } from '#app/outbox/outbox-provider.tsx';
import { useActing } from '#app/shell/acting.tsx';
import { useShortcut } from '#app/shell/shortcuts.ts';
import { Composer } from './composer.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { DeliveryNews } from './delivery-news.tsx';

import { NewTweets } from './new-tweets.tsx';
import { Timeline } from './timeline.tsx';
import { useHomeList } from './use-home-list.ts';
import { useWalk } from './use-walk.ts';

type Props = { account: AccountView; page: TimelinePage; recent: DeliveryView[] };

/** Home as it lives: the composer, what is on its way, the timeline, and what waits behind the pill. */
export function HomeView({ account, page, recent }: Props) {
  const articles = useRef<HTMLDivElement>(null);
  const textarea = useRef<HTMLTextAreaElement>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const [toDelete, setToDelete] = useState<TweetView | null>(null);
  const [given, setGiven] = useState({ serial: 0, text: '' });
  const { post, drop, heed } = useOutbox();
  const home = useHomeList(account, page);

  useAdopt(account);
  useEffect(() => heed(recent), [heed, recent]);
  useFocusOnArrival(textarea);
  useWalk(articles);
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
      <DeleteDialog dialog={dialog} tweet={toDelete} deleted={home.remove} />
      <DeliveryNews entries={home.own} />
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
