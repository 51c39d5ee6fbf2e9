'use client';

import { useOptimistic, useState, useTransition } from 'react';
import { follow, unfollow } from '#app/browser/api.ts';
import { problemText } from '#app/browser/http.ts';

type Props = { handle: string; account: string; following: boolean };

/** Follows or unfollows at once. When the server refuses, it goes back and says so. */
export function FollowButton({ handle, account, following }: Props) {
  const [known, setKnown] = useState(following);
  const [shown, show] = useOptimistic(known);
  const [problem, setProblem] = useState('');
  const [, start] = useTransition();
  const toggle = () =>
    start(async () => {
      show(!known);
      try {
        await (known ? unfollow(handle, account) : follow(handle, account));
        setKnown(!known);
        setProblem('');
      } catch (error) {
        setProblem(problemText(error));
      }
    });
  return (
    <span className="inline-flex items-center gap-3">
      <button
        type="button"
        aria-pressed={shown}
        onClick={toggle}
        className={`button ${shown ? '' : 'button-primary'}`}
      >
        {shown ? 'Following' : 'Follow'}
        <span className="sr-only"> @{handle}</span>
      </button>
      {problem && (
        <span role="alert" className="text-bad text-xs">
          Not changed. {problem}
        </span>
      )}
    </span>
  );
}
