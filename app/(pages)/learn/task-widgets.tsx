'use client';

import { useEffect, useState } from 'react';
import type { AccountView, ScheduledTweet } from '#api/contract.ts';
import { useOwnTasks } from '#app/(pages)/tasks/task-list.ts';
import { TaskRow } from '#app/(pages)/tasks/task-row.tsx';
import { askTask, scheduleTweet } from '#app/browser/api.ts';
import { EFFECTS } from '#app/browser/effects.ts';
import { problemText } from '#app/browser/http.ts';
import { noteEffect } from '#app/browser/learned.ts';
import { serverNow } from '#app/browser/server-clock.ts';

type Props = { account: AccountView };

/** Asks for a task, and shows it until its result is there. */
export const TaskWidget = ({ account }: Props) => (
  <AskedTask
    account={account}
    label="Compute whom to follow"
    effect={EFFECTS.task}
    ask={() => askTask('suggestions', account.handle)}
  />
);

const AHEAD = 5_000; // ms

/** Schedules a tweet a few seconds ahead, and shows it until it is posted. */
export const ScheduleWidget = ({ account }: Props) => (
  <AskedTask
    account={account}
    label={`Post a tweet in ${AHEAD / 1_000} seconds`}
    effect={EFFECTS.scheduled}
    ask={() =>
      scheduleTweet({
        text: 'Written earlier, posted when its time had come.',
        scheduledFor: new Date((serverNow() ?? Date.now()) + AHEAD),
        account: account.handle,
        idempotencyKey: crypto.randomUUID(),
      })
    }
  />
);

type AskedProps = Props & { label: string; effect: string; ask(): Promise<ScheduledTweet> };

/** A button, and the task that it asked for, live. Its success is what the reader has caused. */
function AskedTask({ account, label, effect, ask }: AskedProps) {
  const { tasks, hear } = useOwnTasks(account.handle, []);
  const [asked, setAsked] = useState<number | null>(null);
  const [problem, setProblem] = useState('');
  const task = tasks.find(({ id }) => id === asked);
  const press = () =>
    ask().then(
      (answer) => {
        setProblem('');
        hear([answer.task]);
        setAsked(answer.task.id);
      },
      (error: unknown) => setProblem(problemText(error)),
    );
  const hasSucceeded = task?.state === 'succeeded';
  useEffect(() => {
    if (hasSucceeded) noteEffect(effect);
  }, [hasSucceeded, effect]);
  return (
    <div className="rounded-lg border px-4 py-3">
      <button type="button" onClick={press} className="button">
        {label}
      </button>
      {problem && (
        <p role="alert" className="mt-2 text-bad text-sm">
          Not asked: {problem}
        </p>
      )}
      {task && (
        <ul className="mt-1">
          <TaskRow task={task} account={account} />
        </ul>
      )}
    </div>
  );
}
