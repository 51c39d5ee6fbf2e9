import {
  BarChartIcon,
  CodeIcon,
  HomeIcon,
  LightningBoltIcon,
  ListBulletIcon,
  MobileIcon,
  ReaderIcon,
  Share1Icon,
  StackIcon,
  ViewVerticalIcon,
} from '@radix-ui/react-icons';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { AccountSwitcher } from './account-switcher.tsx';
import { Help } from './help.tsx';
import { More } from './more.tsx';
import { PauseLive } from './pause-live.tsx';
import { Place } from './place.tsx';
import { RAIL_ITEM } from './rail-item.ts';
import { Settings } from './settings.tsx';

const PLACES = [
  { href: '/home', label: 'Home', Icon: HomeIcon },
  { href: '/split', label: 'Split', Icon: ViewVerticalIcon },
  { href: '/console', label: 'Console', Icon: BarChartIcon },
  { href: '/tasks', label: 'Tasks', Icon: ListBulletIcon },
];

/** On phones these are in the panel of _More_. */
const MORE_PLACES = [
  { href: '/lab', label: 'Lab', Icon: LightningBoltIcon },
  { href: '/learn', label: 'Learn', Icon: ReaderIcon },
  { href: '/compare', label: 'Compare', Icon: StackIcon },
  { href: '/brokers', label: 'Brokers', Icon: Share1Icon },
];

/**
 * The navigation: a rail on the left. On phones it is a header with the account, and a bar at the bottom. The server
 * renders it, so that no browser has to load its icons as a program.
 */
export function Rail({ help }: { help: ReactNode }) {
  return (
    <>
      <div className="flex items-center justify-between gap-3 px-4 pt-3 md:block md:px-0 md:pt-0">
        <Link
          href="/"
          prefetch={false}
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
        <Places places={PLACES} />
        <More>
          <hr className="my-1 hidden md:block" />
          <Places places={MORE_PLACES} />
          {/* Next does not serve this page. */}
          <a href="/docs" className={RAIL_ITEM}>
            <CodeIcon aria-hidden className="size-4.5" />
            <span>API</span>
          </a>
          <Places places={[{ href: '/clients', label: 'Clients', Icon: MobileIcon }]} />
          <span className="hidden flex-1 md:block" />
          <PauseLive />
          <Settings />
          <Help>{help}</Help>
        </More>
      </nav>
    </>
  );
}

function Places({ places }: { places: typeof PLACES }) {
  return places.map(({ href, label, Icon }) => (
    <Place key={href} href={href}>
      <Icon aria-hidden className="size-4.5" />
      <span>{label}</span>
    </Place>
  ));
}

/** The logo: one point that becomes many. */
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
