'use client';

import type { DeadTaskView } from '#api/contract.ts';
import type { Matching } from '#app/browser/api.ts';
import { counted } from '#app/ui/figures.ts';
import { titleOf } from '#app/ui/task-words.ts';
import { RelativeTime } from '#app/ui/time.tsx';
import { byError } from './dead-letter-groups.ts';
import { Acts } from './retry-or-discard.tsx';

type ActsOnTasks = {
  busy: boolean;
  retry(matching: Matching): void;
  discard(matching: Matching): void;
};

/** The newest tasks that were given up, by what they died of: another chance or the bin, for all of an error or one. */
export function DeadTasks({ tasks, ...acts }: ActsOnTasks & { tasks: DeadTaskView[] }) {
  return byError(tasks).map((group) => <OfOneError key={group.error} {...group} {...acts} />);
}

type Group = { error: string; tasks: DeadTaskView[] };

function OfOneError({ error, tasks, ...acts }: ActsOnTasks & Group) {
  const matching = { queue: 'task', error } as const;
  const words = error || 'no error was kept';
  return (
    <section aria-label={`Tasks that died of: ${words}`} className="border-t py-2">
      <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
        <code className="min-w-0 flex-1 basis-64 break-words text-bad">{words}</code>
        {tasks.length > 1 && (
          <Acts
            what="all of this error"
            busy={acts.busy}
            retry={error ? () => acts.retry(matching) : null}
            discard={() => acts.discard(matching)}
          />
        )}
      </div>
      <ul>
        {tasks.map((task) => (
          <DeadTask key={task.id} task={task} {...acts} />
        ))}
      </ul>
    </section>
  );
}

function DeadTask({ task, busy, retry, discard }: ActsOnTasks & { task: DeadTaskView }) {
  const { id, kind, handle, attempts, failedAt } = task;
  const matching = { queue: 'task', task: id } as const;
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-2">
      <span className="min-w-0 flex-1 basis-64 text-muted text-xs tabular-nums">
        {titleOf(kind)}, task {id} · {handle ? `asked by @${handle}` : 'asked by the system'} ·{' '}
        {counted(attempts, 'attempt')} · <RelativeTime at={failedAt} />
      </span>
      <Acts what={`task ${id}`} busy={busy} retry={() => retry(matching)} discard={() => discard(matching)} />
    </li>
  );
}
