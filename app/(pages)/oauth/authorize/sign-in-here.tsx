'use client';

import { useState } from 'react';
import { useActing } from '#app/browser/acting.tsx';
import { Portrait } from '#app/ui/portrait.tsx';

/** Nobody is signed in yet: who is it that the app asks? The question follows on this very page. */
export function SignInHere({ app }: { app: string }) {
  const { accounts, actAs } = useActing();
  const [failed, setFailed] = useState(false);
  return (
    <div className="mx-auto max-w-xl px-4 py-8">
      <h1 className="break-words font-semibold text-2xl tracking-tight">
        Who uses <bdi>{app}</bdi>?
      </h1>
      <p className="mt-1 text-muted">
        It asks whether it may act for somebody. Pick a demo account first: no password, and nothing is
        allowed yet.
      </p>
      <ul className="mt-5 grid gap-2 sm:grid-cols-2">
        {accounts.map(({ handle, name }) => (
          <li key={handle}>
            <button
              type="button"
              onClick={() => actAs(handle).catch(() => setFailed(true))}
              className="flex w-full items-center gap-3 rounded-xl border bg-surface p-3 text-left text-sm hover:border-accent"
            >
              <Portrait handle={handle} size={36} />
              <span className="min-w-0">
                <span className="block truncate font-medium" dir="auto">
                  {name}
                </span>
                <span className="block truncate text-muted">@{handle}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p role="alert" className="min-h-5 text-bad text-sm">
        {failed && 'Could not sign in. Try again.'}
      </p>
    </div>
  );
}
