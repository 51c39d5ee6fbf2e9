'use client';

import { ArrowUpIcon } from '@radix-ui/react-icons';
import { useEffect, useRef, useState } from 'react';
import type { AccountView, DeliveryView, TimelinePage } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { useArticleKeys, useShortcut } from '#app/browser/shortcuts.ts';
import { Composer } from '#app/ui/composer.tsx';
import { counted } from '#app/ui/figures.ts';
import { NewestDelivery, SourceNotice } from './notices.tsx';
import { Timeline } from './timeline.tsx';
import { useDeletion } from './use-deletion.tsx';
import { useHomeList } from './use-home-list.ts';

type Props = { account: AccountView; page: TimelinePage; recent: DeliveryView[] };

/** Home, live: the composer, the timeline with tweets on their way, and the button for new tweets. */
export function HomeView({ account, page, recent }: Props) {
  const articles = useRef<HTMLDivElement>(null);
  const textarea = useRef<HTMLTextAreaElement>(null);
  const [given, setGiven] = useState({ serial: 0, text: '' });
  const { post, drop, noteDeliveries } = useOutbox();
  const home = useHomeList(account, page);
  const deletion = useDeletion(home.remove);

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
      <Timeline
        articles={articles}
        account={account}
        home={home}
        recent={recent}
        edit={edit}
        ask={deletion.ask}
      />
      {deletion.dialog}
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
