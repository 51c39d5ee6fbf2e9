'use client';

import { useState } from 'react';
import type { TaskView } from '#api/contract.ts';
import { cancelTask } from '#app/browser/api.ts';
import { problemText } from '#app/browser/http.ts';
import { textOf } from '#app/ui/task-words.ts';
import { LocalTime } from '#app/ui/time.tsx';
import { EditScheduled } from './edit-scheduled.tsx';

type Props = { tweets: TaskView[]; account: string; hear(tasks: TaskView[]): void };

/** Tweets that wait for their time, which can be changed and cancelled until then. */
export function ScheduledTweets({ tweets, account, hear }: Props) {
  if (tweets.length === 0) {
    return (
      <p className="text-muted text-sm">
        None. On Home, the button with the clock beside <em>Post</em> schedules a tweet.
      </p>
    );
  }
  return (
    <ul className="divide-y">
      {tweets.map((tweet) => (
        <Scheduled key={tweet.id} tweet={tweet} account={account} hear={hear} />
      ))}
    </ul>
  );
}

type OneProps = Omit<Props, 'tweets'> & { tweet: TaskView };

function Scheduled({ tweet, account, hear }: OneProps) {
  const [editing, setEditing] = useState(false);
  const [problem, setProblem] = useState('');
  const cancel = () =>
    cancelTask(tweet.id, account).then(
      () => setProblem(''),
      (error: unknown) => setProblem(problemText(error)),
    );
  if (editing) {
    return (
      <li className="py-3">
        <EditScheduled
          tweet={tweet}
          account={account}
          saved={(task) => hear([task])}
          close={() => setEditing(false)}
        />
      </li>
    );
  }
  return (
    <li className="grid gap-2 py-3 sm:grid-cols-[minmax(0,1fr)_auto] sm:items-start sm:gap-x-4">
      <div className="min-w-0">
        <p dir="auto" className="whitespace-pre-wrap break-words text-sm">
          {textOf(tweet)}
        </p>
        <p className="mt-1 text-muted text-xs">
          <LocalTime at={tweet.dueAt} />
        </p>
        {problem && (
          <p role="alert" className="mt-1 text-bad text-xs">
            {problem}
          </p>
        )}
      </div>
      <div className="flex gap-2">
        <button type="button" onClick={() => setEditing(true)} className="button">
          Edit<span className="sr-only"> tweet {tweet.id}</span>
        </button>
        <button type="button" onClick={cancel} className="button">
          Cancel<span className="sr-only"> tweet {tweet.id}</span>
        </button>
      </div>
    </li>
  );
}
