'use client';

import type { DeadTaskView } from '#api/contract.ts';
import type { Matching } from '#app/browser/api.ts';
import { counted } from '#app/ui/figures.ts';
import { titleOf } from '#app/ui/task-words.ts';
import { RelativeTime } from '#app/ui/time.tsx';
import { byError } from './dead-letter-groups.ts';
import { RetryOrDiscard } from './retry-or-discard.tsx';

type Actions = {
  busy: boolean;
  retry(matching: Matching): void;
  discard(matching: Matching): void;
};

/** The newest tasks that were given up, by their error. One task, or all of an error, are retried or discarded. */
export function DeadTasks({ tasks, ...actions }: Actions & { tasks: DeadTaskView[] }) {
  return byError(tasks).map((group) => <OfOneError key={group.error} {...group} {...actions} />);
}

type Group = { error: string; tasks: DeadTaskView[] };

function OfOneError({ error, tasks, ...actions }: Actions & Group) {
  const matching = { queue: 'task', error } as const;
  const words = error || 'no error was stored';
  return (
    <section aria-label={`Tasks that died of: ${words}`} className="border-t py-2">
      <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
        <code className="min-w-0 flex-1 basis-64 break-words text-bad">{words}</code>
        {tasks.length > 1 && (
          <RetryOrDiscard
            what="all of this error"
            busy={actions.busy}
            retry={error ? () => actions.retry(matching) : null}
            discard={() => actions.discard(matching)}
          />
        )}
      </div>
      <ul>
        {tasks.map((task) => (
          <DeadTask key={task.id} task={task} {...actions} />
        ))}
      </ul>
    </section>
  );
}

function DeadTask({ task, busy, retry, discard }: Actions & { task: DeadTaskView }) {
  const { id, kind, handle, attempts, failedAt } = task;
  const matching = { queue: 'task', task: id } as const;
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-2">
      <span className="min-w-0 flex-1 basis-64 text-muted text-xs tabular-nums">
        {titleOf(kind)}, task {id} · {handle ? `asked by @${handle}` : 'asked by the system'} ·{' '}
        {counted(attempts, 'attempt')} · <RelativeTime at={failedAt} />
      </span>
      <RetryOrDiscard
        what={`task ${id}`}
        busy={busy}
        retry={() => retry(matching)}
        discard={() => discard(matching)}
      />
    </li>
  );
}
