'use client';

import { useRouter } from 'next/navigation';
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import type { AccountView } from '#api/contract.ts';
import { signIn } from './api.ts';
import { hydratedContext, useHydratedContext, useHydratedValue } from './hydrated-context.ts';

export type Acting = {
  /** The demo accounts; empty while Postgres is away. */
  accounts: AccountView[];
  /** The account that this tab acts as; null before anybody was chosen. */
  acting: AccountView | null;
  /** Signs the account in and acts as it. */
  actAs(handle: string): Promise<void>;
  /** Acts as the account that the server rendered the page for, without signing in. */
  adopt(account: AccountView): void;
};

const ActingContext = hydratedContext<Acting | null>(null);

type Props = { accounts: AccountView[]; initial: AccountView | null; children: ReactNode };

/** The one place that knows who this tab acts as. */
export function ActingProvider({ accounts, initial, children }: Props) {
  const [chosen, adopt] = useState<AccountView | null>(null);
  const acting = chosen ?? initial;
  const router = useRouter();
  const actAs = useCallback(
    async (handle: string) => {
      await signIn(handle);
      const account = accounts.find((candidate) => candidate.handle === handle);
      if (account) adopt(account);
      router.refresh();
    },
    [accounts, router],
  );
  const value = useMemo(() => ({ accounts, acting, actAs, adopt }), [accounts, acting, actAs]);
  return <ActingContext value={useHydratedValue(value)}>{children}</ActingContext>;
}

/** Who this tab acts as, and how to change that. */
export function useActing(): Acting {
  const value = useHydratedContext(ActingContext);
  if (!value) throw new Error('Expected an ActingProvider around whatever asks who acts, found none');
  return value;
}
