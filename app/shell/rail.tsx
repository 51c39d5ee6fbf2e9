'use client';

import {
  BarChartIcon,
  CodeIcon,
  HomeIcon,
  ListBulletIcon,
  Share1Icon,
  ViewVerticalIcon,
} from '@radix-ui/react-icons';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { AccountSwitcher } from './account-switcher.tsx';
import { Help } from './help.tsx';
import { PauseLive } from './pause-live.tsx';
import { RAIL_ITEM } from './rail-item.ts';
import { Settings } from './settings.tsx';

const PLACES = [
  { href: '/home', label: 'Home', Icon: HomeIcon },
  { href: '/split', label: 'Split', Icon: ViewVerticalIcon },
  { href: '/console', label: 'Console', Icon: BarChartIcon },
  { href: '/brokers', label: 'Brokers', Icon: Share1Icon },
  { href: '/tasks', label: 'Tasks', Icon: ListBulletIcon },
];

/** The navigation: a rail on the left; on phones a header with the account, and a bar at the bottom. */
export function Rail() {
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
        className="fixed inset-x-0 bottom-0 z-30 grid auto-cols-[minmax(min-content,1fr)] grid-flow-col overflow-x-auto border-t bg-surface pb-[env(safe-area-inset-bottom)] md:static md:mt-4 md:flex md:flex-1 md:flex-col md:gap-1 md:overflow-visible md:border-0 md:bg-transparent md:pb-0"
      >
        {PLACES.map((place) => (
          <Place key={place.href} {...place} />
        ))}
        {/* Next does not serve this page. On phones the link is in Help: only eight entries fit. */}
        <a href="/docs" className={`${RAIL_ITEM} max-md:hidden`}>
          <CodeIcon aria-hidden className="size-4.5" />
          <span>API</span>
        </a>
        <span className="hidden flex-1 md:block" />
        <PauseLive />
        <Settings />
        <Help />
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
