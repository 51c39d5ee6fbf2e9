'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { RAIL_ITEM } from './rail-item.ts';

/**
 * An entry of the rail that leads to a page, and says when that page is the present one. Nothing is loaded ahead: the
 * server would render nine pages for each that somebody opens.
 */
export function Place({ href, children }: { href: string; children: ReactNode }) {
  const current = usePathname() === href;
  return (
    <Link href={href} prefetch={false} aria-current={current ? 'page' : undefined} className={RAIL_ITEM}>
      {children}
    </Link>
  );
}
