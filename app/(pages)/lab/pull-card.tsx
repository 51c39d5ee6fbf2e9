'use client';

import { useState } from 'react';
import type { FaultView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { count } from '#app/ui/figures.ts';
import { FAULTS } from '#core/lab/fault-kinds.ts';
import { Broken } from './act-buttons.tsx';
import type { Act } from './use-act.ts';

const KIND = 'account-pulled';

/** Has the tweets of one account pulled in place of pushed, for a while. */
export function PullCard({ faults, act }: { faults: FaultView[]; act: Act | undefined }) {
  const pulled = faults.filter(({ kind }) => kind === KIND);
  return (
    <section aria-labelledby="part-pull" className="card p-4 sm:p-5">
      <h3 id="part-pull" className="font-semibold">
        Push or pull
      </h3>
      {pulled.map((fault) => (
        <Broken key={fault.id} fault={fault} act={act} />
      ))}
      {act && (
        <Choose act={act} isPulled={(handle) => pulled.some(({ target }) => target === `@${handle}`)} />
      )}
      <p className="mt-3 text-muted text-sm">{FAULTS[KIND].does}</p>
    </section>
  );
}

function Choose({ act, isPulled }: { act: Act; isPulled(handle: string): boolean }) {
  const { accounts } = useActing();
  const byFollowers = [...accounts].sort((a, b) => b.followerCount - a.followerCount);
  const [chosen, choose] = useState(byFollowers[0]?.handle ?? '');
  return (
    <div className="mt-3 flex flex-wrap items-center gap-3">
      <label className="min-w-0 flex-1 text-sm">
        <span className="sr-only">Account</span>
        <select
          value={chosen}
          onChange={(event) => choose(event.target.value)}
          className="min-h-9 w-full rounded-lg border bg-surface px-2"
        >
          {byFollowers.map(({ handle, followerCount }) => (
            <option key={handle} value={handle}>
              @{handle}, {count(followerCount)} followers
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className="button"
        disabled={act.busy || chosen === '' || isPulled(chosen)}
        onClick={() => act.cause({ kind: KIND, account: chosen })}
      >
        {FAULTS[KIND].act}
        <span className="sr-only"> its tweets</span>
      </button>
    </div>
  );
}
