'use client';

import { type ReactNode, useId, useState } from 'react';
import type { AccountView, ScheduleView, TaskView } from '#api/contract.ts';
import { askTask } from '#app/browser/api.ts';
import { problemText } from '#app/browser/http.ts';
import { stateOf, titleOf } from '#app/ui/task-words.ts';
import { ScheduledTweets } from './scheduled-tweets.tsx';
import { Schedules } from './schedules.tsx';
import { isUnfinished, type Scope, scheduledTweets, useAllTasks, useOwnTasks } from './task-list.ts';
import { TaskRow } from './task-row.tsx';

type Props = { account: AccountView; initial: TaskView[]; schedules: ScheduleView[] };

/** Everything on the page: tweets that wait for their time, work in the background, and schedules. */
export function TasksView({ account, initial, schedules }: Props) {
  const { tasks, hear } = useOwnTasks(account.handle, initial);
  const tweets = scheduledTweets(tasks);
  return (
    <div className="space-y-4">
      <Card title="Scheduled tweets" note="yours, the next one first">
        <ScheduledTweets tweets={tweets} account={account.handle} hear={hear} />
      </Card>
      <Background account={account} own={tasks.filter((task) => !tweets.includes(task))} hear={hear} />
      <Card title="Schedules" note="tasks that recur, live">
        <Schedules account={account} initial={schedules} />
      </Card>
      <TaskNews tasks={tasks} />
    </div>
  );
}

type BackgroundProps = { account: AccountView; own: TaskView[]; hear(tasks: TaskView[]): void };

function Background({ account, own, hear }: BackgroundProps) {
  const [scope, setScope] = useState<Scope>('mine');
  const all = useAllTasks(scope, account.handle);
  const shown = scope === 'mine' ? own : all;
  return (
    <Card
      title="Background work"
      note={scope === 'mine' ? 'yours, live, newest first' : 'everybody’s, live, newest first'}
    >
      <div className="mb-2 flex flex-wrap items-center justify-between gap-3">
        <Ask account={account.handle} hear={hear} />
        <ScopeSwitch scope={scope} change={setScope} />
      </div>
      {shown === null && <p className="text-muted text-sm">Reading everybody’s tasks …</p>}
      {shown?.length === 0 && (
        <p className="text-muted text-sm">None yet. Pack your archive, or compute whom to follow.</p>
      )}
      <ul className="divide-y">
        {shown?.map((task) => (
          <TaskRow key={task.id} task={task} account={account} />
        ))}
      </ul>
    </Card>
  );
}

const OFFERED = [
  { kind: 'archive', label: 'Pack my archive' },
  { kind: 'suggestions', label: 'Compute whom to follow' },
] as const;

function Ask({ account, hear }: { account: string; hear(tasks: TaskView[]): void }) {
  const [problem, setProblem] = useState('');
  const ask = (kind: (typeof OFFERED)[number]['kind']) =>
    askTask(kind, account).then(
      ({ task }) => {
        setProblem('');
        hear([task]);
      },
      (error: unknown) => setProblem(problemText(error)),
    );
  return (
    <div className="flex flex-wrap items-center gap-2">
      {OFFERED.map(({ kind, label }) => (
        <button key={kind} type="button" onClick={() => ask(kind)} className="button">
          {label}
        </button>
      ))}
      {problem && (
        <p role="alert" className="text-bad text-sm">
          {problem}
        </p>
      )}
    </div>
  );
}

const SCOPES = [
  { scope: 'mine', label: 'Mine' },
  { scope: 'all', label: 'All' },
] as const;

function ScopeSwitch({ scope, change }: { scope: Scope; change(scope: Scope): void }) {
  return (
    <fieldset className="flex rounded-lg border p-0.5">
      <legend className="sr-only">Whose tasks</legend>
      {SCOPES.map((each) => (
        <label
          key={each.scope}
          className="flex min-h-8 items-center rounded-md px-3 text-muted text-sm has-checked:bg-accent-soft has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name="scope"
            className="sr-only"
            checked={scope === each.scope}
            onChange={() => change(each.scope)}
          />
          {each.label}
        </label>
      ))}
    </fieldset>
  );
}

function Card({ title, note, children }: { title: string; note: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="card p-4 sm:p-5">
      <h2 id={id} className="mb-3 font-semibold">
        {title} <span className="font-normal text-muted text-sm">{note}</span>
      </h2>
      {children}
    </section>
  );
}

/** Tells a screen reader how a task has ended. Tasks that ended before the page was opened are not announced. */
function TaskNews({ tasks }: { tasks: readonly TaskView[] }) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [news, setNews] = useState('');
  const ended = tasks.filter((task) => open.has(task.id) && !isUnfinished(task));
  const now = tasks.filter(isUnfinished).map(({ id }) => id);
  if (now.length !== open.size || now.some((id) => !open.has(id))) setOpen(new Set(now));
  if (ended[0]) {
    const said = `${titleOf(ended[0].kind)}, task ${ended[0].id}: ${stateOf(ended[0])}`;
    if (said !== news) setNews(said);
  }
  return (
    <p role="status" className="sr-only">
      {news}
    </p>
  );
}
