'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import type { AccountView } from '#app/contract.ts';
import { AccountSelect } from './account-select.tsx';
import { type Choice, choosePair, joinPair, splitPath } from './choose-pair.ts';
import { suggestPair } from './suggest-pair.ts';

type Props = {
  accounts: AccountView[];
  author: string | null;
  follower: string | null;
  /** Both of the URL are signed in already. */
  open: boolean;
};

/** Who stands left and who right. Choosing signs both in; a pair that does not follow each other is told so. */
export function SplitChoice({ accounts, author, follower, open }: Props) {
  const router = useRouter();
  const [pair, setPair] = useState(() => suggestPair(accounts, { author, follower }));
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<Choice | { problem: string } | null>(null);

  const act = async (work: () => Promise<Choice>) => {
    setBusy(true);
    try {
      const choice = await work();
      setAnswer(choice);
      if (choice === 'open') router.push(splitPath(pair));
    } catch (error) {
      setAnswer({ problem: error instanceof Error ? error.message : String(error) });
    } finally {
      setBusy(false);
    }
  };
  const change = (next: Partial<typeof pair>) => {
    setPair({ ...pair, ...next });
    setAnswer(null);
  };
  const shown = open && pair.author === author && pair.follower === follower;

  return (
    <form
      className="card flex flex-wrap items-end gap-3 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        void act(() => choosePair(pair));
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
      <Answer
        answer={answer}
        pair={pair}
        join={() => act(() => joinPair(pair).then(() => choosePair(pair)))}
      />
    </form>
  );
}

type AnswerProps = {
  answer: Choice | { problem: string } | null;
  pair: { author: string; follower: string };
  join: () => void;
};

function Answer({ answer, pair, join }: AnswerProps) {
  return (
    <div role="status" className="w-full text-sm empty:hidden">
      {answer === 'same person' && <p className="text-warn">Choose two people: nobody follows themselves.</p>}
      {answer === 'does not follow' && (
        <p className="flex flex-wrap items-center gap-3 text-warn">
          @{pair.follower} does not follow @{pair.author}, so their tweets never arrive there.
          <button type="button" className="button" onClick={join}>
            Follow, then open
          </button>
        </p>
      )}
      {typeof answer === 'object' && answer && <p className="text-bad">{answer.problem}. Try again.</p>}
    </div>
  );
}
