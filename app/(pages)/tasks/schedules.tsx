'use client';

import { useState } from 'react';
import type { AccountView, ScheduleView } from '#api/contract.ts';
import { changeSchedule, readSchedules, removeSchedule } from '#app/browser/api.ts';
import { problemText } from '#app/browser/http.ts';
import { useLive } from '#app/browser/live/use-live.tsx';
import { ActAsOperator } from '#app/ui/act-as-operator.tsx';
import { counted } from '#app/ui/figures.ts';
import { timingOf, titleOf } from '#app/ui/task-words.ts';
import { LocalTime, TimeAgo } from '#app/ui/time.tsx';
import { NewSchedule } from './new-schedule.tsx';

type Props = { account: AccountView; initial: ScheduleView[] };

/** Recurring tasks with their last and their next run. */
export function Schedules({ account, initial }: Props) {
  const [schedules, setSchedules] = useState(initial);
  const [problem, setProblem] = useState('');
  const read = () => readSchedules().then((answer) => setSchedules(answer.schedules));
  useLive(['schedules'], { schedules: (heard) => setSchedules(heard.schedules) });
  const run = (change: Promise<unknown>) =>
    change.then(read).then(
      () => setProblem(''),
      (error: unknown) => setProblem(problemText(error)),
    );
  return (
    <>
      {schedules.length === 0 && (
        <p className="text-muted text-sm">
          None yet. When a worker starts, it adds those that every system has.
        </p>
      )}
      <ul className="divide-y">
        {schedules.map((schedule) => (
          <One key={schedule.name} schedule={schedule} account={account} run={run} />
        ))}
      </ul>
      <p role="alert" className="min-h-5 text-bad text-sm">
        {problem}
      </p>
      <div className="mb-4">
        <ActAsOperator more="An operator can also pause the system’s schedules, and sees who asked for a task and why it failed." />
      </div>
      <NewSchedule account={account.handle} added={read} />
    </>
  );
}

type OneProps = { schedule: ScheduleView; account: AccountView; run(change: Promise<unknown>): void };

function One({ schedule, account, run }: OneProps) {
  const { name, kind, enabled, nextAt, lastAt, accountId, skipped } = schedule;
  const named = <span className="sr-only"> {name}</span>;
  return (
    <li className="grid gap-2 py-3 sm:grid-cols-[minmax(0,1fr)_auto] sm:items-start sm:gap-x-4">
      <div className="min-w-0 text-sm">
        <p className="break-words">
          <span className="font-medium">{name}</span>{' '}
          <span className="text-muted">
            {titleOf(kind)}, {timingOf(schedule)}
          </span>
        </p>
        <p className="mt-1 text-muted text-xs">
          {enabled ? (
            <>
              next <LocalTime at={nextAt} />
            </>
          ) : (
            'paused: no next run'
          )}{' '}
          · {lastAt ? <LastRun at={lastAt} taskId={schedule.lastTaskId} /> : 'never ran'}
          {skipped > 0 && ` · ${counted(skipped, 'run')} skipped: the one before was not over`}
        </p>
      </div>
      {(account.operator || accountId === account.id) && (
        <div className="flex gap-2">
          <button
            type="button"
            onClick={() => run(changeSchedule(name, { enabled: !enabled }, account.handle))}
            className="button"
          >
            {enabled ? 'Pause' : 'Resume'}
            {named}
          </button>
          {accountId !== null && (
            <button
              type="button"
              onClick={() => run(removeSchedule(name, account.handle))}
              className="button"
            >
              Remove{named}
            </button>
          )}
        </div>
      )}
    </li>
  );
}

const LastRun = ({ at, taskId }: { at: string; taskId: number | null }) => (
  <>
    last <TimeAgo at={at} />
    {taskId !== null && `, as task ${taskId}`}
  </>
);
