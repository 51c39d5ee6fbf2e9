'use client';

import { type ReactNode, useState } from 'react';
import type { AccountView, TaskView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { cancelTask, retryTask } from '#app/browser/api.ts';
import { problemText } from '#app/browser/http.ts';
import { count } from '#app/ui/figures.ts';
import { memberState, memberTitle, stateOf, textOf, titleOf, tookOf } from '#app/ui/task-words.ts';
import { LocalTime, TimeAgo } from '#app/ui/time.tsx';
import { isUnfinished } from './task-list.ts';
import { TaskResult } from './task-result.tsx';

type Props = { task: TaskView; account: AccountView };

/** One task: its state, how far it is, its result, and buttons to cancel or retry it. */
export function TaskRow({ task, account }: Props) {
  const { accounts } = useActing();
  const own = task.accountId === account.id;
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-4 gap-y-2 py-3">
      <div className="min-w-0">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{titleOf(task.kind)}</span>
          <State state={task.state}>{stateOf(task)}</State>
          <span className="text-muted text-xs tabular-nums">
            task {task.id}
            {task.attempts > 1 && ` · attempt ${task.attempts}`}
            {task.accountId === null && ' · asked by a schedule'}
            {task.accountId !== null && !own && ` · ${whose(task, accounts)}`}
          </span>
        </p>
        <Text task={task} />
        <Progress task={task} name={`${titleOf(task.kind)}, task ${task.id}`} />
        <Members task={task} />
        <Times task={task} />
        {hasResult(task) && <TaskResult task={task} account={account.handle} />}
      </div>
      {own && <TaskButtons task={task} account={account.handle} />}
    </li>
  );
}

/** Who asked for the task. Only operators see it. */
function whose({ accountId }: TaskView, accounts: AccountView[]): string {
  const asker = accounts.find(({ id }) => id === accountId);
  return asker ? `asked by @${asker.handle}` : 'somebody else’s';
}

/** Whether there is a result to show. Nobody sees the result of somebody else's task. */
const hasResult = ({ result }: TaskView): boolean => result !== undefined && result !== null;

const TONES: Readonly<Record<TaskView['state'], string>> = {
  waiting: 'bg-warn-soft text-warn',
  running: 'bg-accent-soft text-accent',
  succeeded: 'bg-good-soft text-good',
  failed: 'bg-bad-soft text-bad',
  cancelled: 'bg-ink/5 text-muted',
};

type StateProps = { state: TaskView['state']; children: ReactNode };

const State = ({ state, children }: StateProps) => (
  <span className={`rounded-md px-1.5 py-0.5 font-medium text-xs ${TONES[state]}`}>{children}</span>
);

function Text({ task }: { task: TaskView }) {
  const { error, state } = task;
  const text = textOf(task);
  return (
    <>
      {text && (
        <p dir="auto" className="mt-1 line-clamp-3 whitespace-pre-wrap break-words text-sm">
          {text}
        </p>
      )}
      {error && state !== 'succeeded' && (
        <p className={`mt-1 break-words text-sm ${state === 'failed' ? 'text-bad' : 'text-muted'}`}>
          {error}
        </p>
      )}
    </>
  );
}

type ProgressProps = { task: Pick<TaskView, 'state' | 'progress'>; name: string };

function Progress({ task: { state, progress }, name }: ProgressProps) {
  if (state !== 'running' || !progress) return null;
  const { done, total, unit } = progress;
  return (
    <p className="mt-1 flex flex-wrap items-center gap-x-3 text-muted text-xs tabular-nums">
      <progress
        aria-label={name}
        value={done}
        max={Math.max(total, 1)}
        className="h-1.5 w-48 max-w-full accent-accent"
      />
      <span>
        {count(done)} of {count(total)} {unit}
      </span>
    </p>
  );
}

/** The tasks of a composition. Those of one step run at the same time, on any workers. */
function Members({ task }: { task: TaskView }) {
  if (task.members.length === 0 || task.state === 'succeeded') return null;
  return (
    <ul aria-label={`Parts of task ${task.id}`} className="mt-2 space-y-1 border-l pl-3">
      {task.members.map((member) => (
        <li key={member.id} className="text-xs">
          <span className="flex flex-wrap items-baseline gap-x-2">
            <span className="font-medium">{memberTitle(member)}</span>
            <State state={member.state}>{memberState(member, task)}</State>
            <span className="text-muted tabular-nums">
              {member.state === 'running' && member.worker && `worker ${member.worker}`}
              {member.attempts > 1 && ` · attempt ${member.attempts}`}
            </span>
          </span>
          <Progress task={member} name={`${memberTitle(member)} of task ${task.id}`} />
          {member.error && member.state === 'failed' && <span className="text-bad">{member.error}</span>}
        </li>
      ))}
    </ul>
  );
}

function Times({ task }: { task: TaskView }) {
  const took = tookOf(task);
  return (
    <p className="mt-1 text-muted text-xs">
      {task.state === 'waiting' && (
        <Line>
          not before <LocalTime at={task.dueAt} />
        </Line>
      )}
      {task.state === 'running' && task.worker && <Line>worker {task.worker}</Line>}
      {task.finishedAt && (
        <Line>
          ended <TimeAgo at={task.finishedAt} />
          {took && `, took ${took}`}
        </Line>
      )}
    </p>
  );
}

const Line = ({ children }: { children: ReactNode }) => <span className="block">{children}</span>;

function TaskButtons({ task, account }: { task: TaskView; account: string }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const run = async (action: (id: number, account: string) => Promise<unknown>) => {
    setBusy(true);
    await action(task.id, account).then(
      () => setProblem(''),
      (error: unknown) => setProblem(problemText(error)),
    );
    setBusy(false);
  };
  const name = <span className="sr-only"> task {task.id}</span>;
  return (
    <div className="flex flex-col items-end gap-1">
      {isUnfinished(task) && (
        <button
          type="button"
          disabled={busy || task.cancelRequested}
          onClick={() => run(cancelTask)}
          className="button"
        >
          Cancel{name}
        </button>
      )}
      {task.state === 'failed' && (
        <button type="button" disabled={busy} onClick={() => run(retryTask)} className="button">
          Retry{name}
        </button>
      )}
      {problem && (
        <p role="alert" className="max-w-48 text-right text-bad text-xs">
          {problem}
        </p>
      )}
    </div>
  );
}
