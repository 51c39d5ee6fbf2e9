'use client';

import { CaretSortIcon } from '@radix-ui/react-icons';
import { lazy, Suspense, useRef, useState } from 'react';
import type { AccountView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { useShortcut } from '#app/browser/shortcuts.ts';
import { Dialog } from '#app/ui/dialog.tsx';
import { FollowerFigures } from '#app/ui/follower-figures.tsx';
import { Portrait } from '#app/ui/portrait.tsx';

/** Loaded when somebody opens the dialog. If it cannot be loaded, the dialog does without. */
const FollowerHistogram = lazy(() =>
  import('./follower-histogram.tsx').then(
    ({ FollowerHistogram: Loaded }) => ({ default: Loaded }),
    () => ({ default: () => <></> }),
  ),
);

/** Who acts, and the demo accounts to act as. One click is enough; there is no password. */
export function AccountSwitcher() {
  const dialog = useRef<HTMLDialogElement>(null);
  const { accounts, acting } = useActing();
  const [opened, setOpened] = useState(false);
  const open = () => {
    setOpened(true);
    dialog.current?.showModal();
  };
  useShortcut('a', open);
  return (
    <>
      <button
        type="button"
        onClick={open}
        aria-haspopup="dialog"
        className="flex min-w-0 items-center gap-2.5 rounded-xl border bg-surface px-2 py-1.5 text-left text-sm hover:bg-ink/5 md:w-full md:px-2.5 md:py-2"
      >
        <span className="sr-only">Acting as</span>
        {acting ? <ActingName account={acting} /> : <span className="px-1 py-1">Choose an account</span>}
        <CaretSortIcon aria-hidden className="size-3.5 ml-auto shrink-0 text-muted" />
      </button>
      <Dialog dialog={dialog} title="Act as" wide>
        <p className="mb-4 text-muted text-sm">
          Demo accounts over a population whose follower counts follow a power law. One click, no password.
        </p>
        <Suspense fallback={<div className="mb-4 min-h-44" />}>{opened && <FollowerHistogram />}</Suspense>
        {accounts.length === 0 && (
          <p role="status">
            The accounts are in Postgres, which does not answer. They appear here as soon as it does.
          </p>
        )}
        <ul className="grid gap-2 sm:grid-cols-2">
          {accounts.map((account) => (
            <li key={account.id}>
              <Choice account={account} chosen={() => dialog.current?.close()} />
            </li>
          ))}
        </ul>
      </Dialog>
    </>
  );
}

function ActingName({ account }: { account: AccountView }) {
  return (
    <>
      <Portrait handle={account.handle} size={28} />
      <span className="min-w-0 leading-tight">
        <span className="block max-w-32 truncate font-medium" dir="auto">
          {account.name}
        </span>
        <span className="block max-w-36 truncate text-muted text-xs">
          @{account.handle}
          {account.operator && ' · operator'}
        </span>
      </span>
    </>
  );
}

function Choice({ account, chosen }: { account: AccountView; chosen(): void }) {
  const { acting, actAs } = useActing();
  const [failed, setFailed] = useState(false);
  const current = acting?.handle === account.handle;
  const choose = () => actAs(account.handle).then(chosen, () => setFailed(true));
  return (
    <button
      type="button"
      aria-current={current ? 'true' : undefined}
      onClick={choose}
      className="flex h-full w-full gap-3 rounded-xl border p-3 text-left hover:border-accent hover:bg-ink/3 aria-[current]:border-accent aria-[current]:bg-accent-soft"
    >
      <Portrait handle={account.handle} size={44} />
      <span className="min-w-0 text-sm">
        <span className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium" dir="auto">
            {account.name}
          </span>
          <span className="text-muted text-xs">
            {account.role}
            {account.operator && ' · operator'}
          </span>
        </span>
        <span className="block text-muted text-xs" dir="auto">
          {account.bio}
        </span>
        <span className="mt-1 block text-xs">
          <FollowerFigures account={account} />
        </span>
        {failed && (
          <span role="alert" className="block text-bad text-xs">
            Could not sign in. Try again.
          </span>
        )}
      </span>
    </button>
  );
}
