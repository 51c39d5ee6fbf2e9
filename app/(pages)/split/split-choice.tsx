'use client';

import type { AccountView } from '#api/contract.ts';
import { counted } from '#app/ui/figures.ts';
import type { Pair } from './choose-pair.ts';
import { type PairResult, suggestPair, useChoice } from './choose-pair.ts';

type Props = {
  accounts: AccountView[];
  author: string | null;
  follower: string | null;
  /** Whether both accounts of the URL are signed in already. */
  signedIn: boolean;
};

/** Chooses author and follower. Signs both in, and says so when the follower does not follow the author. */
export function SplitChoice({ accounts, author, follower, signedIn }: Props) {
  const { pair, busy, result, change, open, join } = useChoice(suggestPair(accounts, { author, follower }));
  const shown = signedIn && pair.author === author && pair.follower === follower;
  return (
    <form
      className="card flex flex-wrap items-end gap-3 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        void open();
      }}
    >
      <AccountSelect
        label="Author, left"
        accounts={accounts}
        value={pair.author}
        change={(handle) => change({ author: handle })}
      />
      <AccountSelect
        label="Follower, right"
        accounts={accounts}
        value={pair.follower}
        change={(handle) => change({ follower: handle })}
      />
      {!shown && (
        <button type="submit" className="button button-primary" disabled={busy}>
          Sign both in and open
        </button>
      )}
      <div role="status" className="w-full text-sm empty:hidden">
        {result && <ResultText result={result} pair={pair} join={() => void join()} />}
      </div>
    </form>
  );
}

function ResultText({ result, pair, join }: { result: PairResult; pair: Pair; join: () => void }) {
  if (typeof result === 'object') return <p className="text-bad">{result.problem}. Try again.</p>;
  switch (result) {
    case 'open':
      return null;
    case 'same person':
      return <p className="text-warn">Choose two people: nobody follows themselves.</p>;
    case 'does not follow':
      return (
        <p className="flex flex-wrap items-center gap-3 text-warn">
          @{pair.follower} does not follow @{pair.author}, so their tweets never arrive there.
          <button type="button" className="button" onClick={join}>
            Follow, then open
          </button>
        </p>
      );
  }
}

type SelectProps = {
  label: string;
  accounts: AccountView[];
  value: string;
  change: (handle: string) => void;
};

/** One of the demo accounts, with how many follow it. */
function AccountSelect({ label, accounts, value, change }: SelectProps) {
  return (
    <label className="grid min-w-0 flex-1 basis-56 gap-1 text-sm font-medium">
      {label}
      <select
        value={value}
        onChange={(event) => change(event.target.value)}
        className="h-9 w-full min-w-0 rounded-lg border bg-surface px-2 font-normal"
      >
        {accounts.map(({ handle, name, followerCount }) => (
          <option key={handle} value={handle}>
            {name} · {counted(followerCount, 'follower')}
          </option>
        ))}
      </select>
    </label>
  );
}
