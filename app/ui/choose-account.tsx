'use client';

import { ArrowRightIcon } from '@radix-ui/react-icons';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import type { AccountView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { counted } from './figures.ts';
import { Portrait } from './portrait.tsx';

const ROLES = ['ordinary', 'celebrity'];

/** What one click does: who acts then, and on which page. */
type Choice = { account: AccountView; title: string; note: string; path: string };

/** Signs one of two demo accounts in and opens Home with the composer focused. */
export function PostAs() {
  const { accounts } = useActing();
  return <Choices choices={postChoices(accounts)} />;
}

/** The same for Welcome. Where the demo has an operator, it also leads to the lab as that account. */
export function StartAs() {
  const { accounts } = useActing();
  return <Choices choices={[...postChoices(accounts), ...operatorChoices(accounts)]} />;
}

const postChoices = (accounts: AccountView[]): Choice[] =>
  ROLES.flatMap((role) => accounts.find((account) => account.role === role) ?? []).map((account) => ({
    account,
    title: `Post as ${account.name}`,
    note: `${account.role} · ${counted(account.followerCount, 'follower')}`,
    path: '/home#compose',
  }));

const operatorChoices = (accounts: AccountView[]): Choice[] =>
  accounts
    .filter(({ operator }) => operator)
    .slice(0, 1)
    .map((account) => ({
      account,
      title: 'Break something',
      note: `as ${account.name}, the operator · no tweet will be lost`,
      path: '/lab',
    }));

function Choices({ choices }: { choices: Choice[] }) {
  if (choices.length === 0) {
    return (
      <p role="status" className="rounded-xl bg-warn-soft p-4 text-sm text-warn">
        The demo accounts are in Postgres, which does not answer. They appear here as soon as it does.
      </p>
    );
  }
  return (
    <div className="grid gap-3 sm:grid-cols-[repeat(auto-fit,minmax(17rem,1fr))]">
      {choices.map((choice) => (
        <ChoiceButton key={choice.title} {...choice} />
      ))}
    </div>
  );
}

function ChoiceButton({ account, title, note, path }: Choice) {
  const { actAs } = useActing();
  const router = useRouter();
  const [failed, setFailed] = useState(false);
  const choose = () =>
    actAs(account.handle).then(
      () => router.push(path),
      () => setFailed(true),
    );
  return (
    <button
      type="button"
      onClick={choose}
      className="group flex items-center gap-4 rounded-2xl border bg-surface p-4 text-left transition-shadow hover:border-accent hover:shadow-float"
    >
      <Portrait handle={account.handle} size={56} />
      <span className="min-w-0 flex-1">
        <span className="block font-semibold">{title}</span>
        <span className="block text-muted text-sm tabular-nums">{note}</span>
        {failed && (
          <span role="alert" className="block text-bad text-sm">
            No answer. Try again.
          </span>
        )}
      </span>
      <ArrowRightIcon
        aria-hidden
        className="size-4.5 shrink-0 text-muted transition-transform group-hover:translate-x-0.5 group-hover:text-accent"
      />
    </button>
  );
}

/** Home without an account. It shows the next step instead of a blank page. */
export function ChooseAccount() {
  return (
    <div className="mx-auto max-w-xl px-6 py-20 text-center">
      <h1 className="font-semibold text-2xl tracking-tight">Who are you today?</h1>
      <p className="mt-2 mb-6 text-muted">
        A home timeline belongs to somebody. Pick one of these, or press <kbd className="key">a</kbd> for all
        demo accounts. No form, no password.
      </p>
      <PostAs />
    </div>
  );
}
