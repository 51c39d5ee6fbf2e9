'use client';

import { useRouter } from 'next/navigation';
import { type ReactNode, useEffect, useState } from 'react';
import type { StatusView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { hydratedContext, useHydratedContext, useHydratedValue } from '#app/browser/hydrated-context.ts';
import { useLive } from './use-live.tsx';

/** The last `status` sample, and when it was heard, by the browser's monotonic clock; null before the first one. */
type Health = { status: StatusView | null; heardAt: number | null };

const UNHEARD: Health = { status: null, heardAt: null };

const HealthContext = hydratedContext<Health>(UNHEARD);

/** Listens to `status` once for the whole page. */
export function HealthProvider({ children }: { children: ReactNode }) {
  const [health, setHealth] = useState<Health>(UNHEARD);
  useLive(['status'], { status: (status) => setHealth({ status, heardAt: performance.now() }) });
  useAccountsOnceBack(health.status);
  return <HealthContext value={useHydratedValue(health)}>{children}</HealthContext>;
}

/** A page that was rendered while Postgres was away has no accounts. It is rendered again once Postgres answers. */
function useAccountsOnceBack(status: StatusView | null): void {
  const { accounts } = useActing();
  const router = useRouter();
  const isDue = accounts.length === 0 && status?.postgres === 'ok';
  useEffect(() => {
    if (isDue) router.refresh();
  }, [isDue, router]);
}

/** The state of the servers by the last sample. */
export const useHealth = (): Health => useHydratedContext(HealthContext);
