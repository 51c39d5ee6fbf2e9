'use client';

import { ArrowUp } from 'lucide-react';
import type { RefObject } from 'react';
import { useEffect, useRef, useState } from 'react';
import type { AccountView, DeliveryView, TimelinePage, TweetView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { useShortcut } from '#app/browser/shortcuts.ts';
import { useHealth } from '#app/shell/status-strip.tsx';
import { Composer } from '#app/ui/composer.tsx';
import { DeliveryNews } from '#app/ui/delivery-announcer.tsx';
import { counted } from '#app/ui/figures.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { Timeline } from './timeline.tsx';
import { useHomeList } from './use-home-list.ts';

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

/** What arrived waits here, so that nothing that is being read moves. */
export function NewTweets({ count, load }: { count: number; load(): void }) {
  useShortcut('.', () => count > 0 && load());
  return (
    <div className="pointer-events-none sticky top-8 z-10 flex h-0 justify-center">
      {count > 0 && (
        <button
          type="button"
          onClick={load}
          className="button-primary pointer-events-auto mt-2 flex h-9 items-center gap-2 rounded-full px-4 font-medium text-sm shadow-float"
        >
          <ArrowUp aria-hidden size={15} />
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
export function SourceNotice({ source }: { source: TimelinePage['source'] }) {
  const { status } = useHealth();
  if (source === 'timeline' || status?.timelines === 'ok') return null;
  return (
    <p className="border-b bg-warn-soft px-4 py-2 text-sm text-warn md:px-6">
      The timeline store is away. This page is read from Postgres: complete, only slower. Posting works.
    </p>
  );
}

/** `j` and `k` move the focus from article to article. */
export function useWalk(list: RefObject<HTMLElement | null>): void {
  const walk = (by: 1 | -1) => {
    const articles = [...(list.current?.querySelectorAll('article') ?? [])];
    const at = articles.findIndex((article) => article.contains(document.activeElement));
    const next = at === -1 ? firstInView(articles) : articles[at + by];
    next?.focus();
  };
  useShortcut('j', () => walk(1));
  useShortcut('k', () => walk(-1));
}

function firstInView(articles: HTMLElement[]): HTMLElement | undefined {
  return articles.find((article) => article.getBoundingClientRect().top >= 0) ?? articles[0];
}
