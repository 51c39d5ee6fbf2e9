'use client';

import {
  BarChartIcon,
  CodeIcon,
  HomeIcon,
  LightningBoltIcon,
  ListBulletIcon,
  Share1Icon,
  ViewVerticalIcon,
} from '@radix-ui/react-icons';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { MouseEvent, ReactNode } from 'react';
import { AccountSwitcher } from './account-switcher.tsx';
import { Help } from './help.tsx';
import { PauseLive } from './pause-live.tsx';
import { RAIL_ITEM } from './rail-item.ts';
import { Settings } from './settings.tsx';

const PLACES = [
  { href: '/home', label: 'Home', Icon: HomeIcon },
  { href: '/split', label: 'Split', Icon: ViewVerticalIcon },
  { href: '/console', label: 'Console', Icon: BarChartIcon },
  { href: '/lab', label: 'Lab', Icon: LightningBoltIcon },
];

/** On phones these are in the panel of _More_. */
const MORE_PLACES = [
  { href: '/brokers', label: 'Brokers', Icon: Share1Icon },
  { href: '/tasks', label: 'Tasks', Icon: ListBulletIcon },
];

/** The navigation: a rail on the left; on phones a header with the account, and a bar at the bottom. */
export function Rail({ help }: { help: ReactNode }) {
  return (
    <>
      <div className="flex items-center justify-between gap-3 px-4 pt-3 md:block md:px-0 md:pt-0">
        <Link
          href="/"
          className="flex items-center gap-2 rounded-lg py-1 font-semibold tracking-tight md:mb-4 md:px-3"
        >
          <Logo />
          <span className="whitespace-nowrap">
            tweet<span className="text-muted">-</span>fanout
          </span>
        </Link>
        <AccountSwitcher />
      </div>
      <nav
        aria-label="Main"
        className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-5 border-t bg-surface pb-[env(safe-area-inset-bottom)] md:static md:mt-4 md:flex md:flex-1 md:flex-col md:gap-1 md:border-0 md:bg-transparent md:pb-0"
      >
        {PLACES.map((place) => (
          <Place key={place.href} {...place} />
        ))}
        <More>
          {MORE_PLACES.map((place) => (
            <Place key={place.href} {...place} />
          ))}
          {/* Next does not serve this page. */}
          <a href="/docs" className={RAIL_ITEM}>
            <CodeIcon aria-hidden className="size-4.5" />
            <span>API</span>
          </a>
          <span className="hidden flex-1 md:block" />
          <PauseLive />
          <Settings />
          <Help>{help}</Help>
        </More>
      </nav>
    </>
  );
}

function Place({ href, label, Icon }: (typeof PLACES)[number]) {
  const current = usePathname() === href;
  return (
    <Link href={href} aria-current={current ? 'page' : undefined} className={RAIL_ITEM}>
      <Icon aria-hidden className="size-4.5" />
      <span>{label}</span>
    </Link>
  );
}

/**
 * What has no place in the bar of a phone: a popover above it, which the browser closes. On wider screens its entries stand in
 * the rail. Closed it is invisible and not gone: dialogs and shortcuts live in it.
 */
function More({ children }: { children: ReactNode }) {
  const closeAfterLink = ({ target, currentTarget }: MouseEvent<HTMLDivElement>) => {
    if (target instanceof Element && target.closest('a')) currentTarget.hidePopover();
  };
  return (
    <>
      <button type="button" popoverTarget="more" className={`${RAIL_ITEM} md:hidden`}>
        <svg viewBox="0 0 15 15" aria-hidden="true" fill="currentColor" className="size-4.5">
          <path d="M2 6h3v3H2zm4 0h3v3H6zm4 0h3v3h-3z" />
        </svg>
        <span>More</span>
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the links in it are what is clicked */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link clicks it */}
      <div
        id="more"
        popover="auto"
        onClick={closeAfterLink}
        className="max-md:invisible max-md:fixed max-md:inset-auto max-md:right-2 max-md:bottom-16 max-md:m-0 max-md:grid max-md:w-56 max-md:grid-cols-2 max-md:gap-1 max-md:rounded-xl max-md:border max-md:bg-raised max-md:p-2 max-md:shadow-float max-md:open:visible md:contents"
      >
        {children}
      </div>
    </>
  );
}

/** One point that becomes many. */
function Logo() {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" className="text-accent">
      <g fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
        <path d="M6 12h12M6 12C11 12 12 5 18 5M6 12c5 0 6 7 12 7" />
      </g>
      <g fill="currentColor">
        <circle cx="5" cy="12" r="3" />
        <circle cx="19" cy="5" r="2" />
        <circle cx="19" cy="12" r="2" />
        <circle cx="19" cy="19" r="2" />
      </g>
    </svg>
  );
}
