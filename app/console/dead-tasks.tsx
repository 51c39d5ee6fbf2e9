'use client';

import type { Matching } from '#app/client/dead-letters.ts';
import { RelativeTime } from '#app/components/relative-time.tsx';
import type { DeadTaskView } from '#app/contract.ts';
import { counted } from '#app/delivery/figures.ts';
import { titleOf } from '#app/tasks/words.ts';

type Props = {
  tasks: DeadTaskView[];
  busy: boolean;
  retry(matching: Matching): void;
  discard(matching: Matching): void;
};

/** The newest tasks that were given up: what, whose, what of, and another chance or the bin for each. */
export function DeadTasks({ tasks, ...acts }: Props) {
  return (
    <ul aria-label="Tasks that were given up" className="divide-y border-t empty:border-0">
      {tasks.map((task) => (
        <DeadTask key={task.id} task={task} {...acts} />
      ))}
    </ul>
  );
}

function DeadTask({ task, busy, retry, discard }: Omit<Props, 'tasks'> & { task: DeadTaskView }) {
  const { id, kind, handle, error, attempts, failedAt } = task;
  const matching = { queue: 'task', task: id } as const;
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-2">
      <div className="min-w-0 flex-1 basis-64 text-sm">
        <code className="break-words text-bad">{error || 'no error was kept'}</code>
        <span className="block text-muted text-xs tabular-nums">
          {titleOf(kind)}, task {id} · {handle ? `asked by @${handle}` : 'asked by the system'} ·{' '}
          {counted(attempts, 'attempt')} · <RelativeTime at={failedAt} />
        </span>
      </div>
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button" disabled={busy} onClick={() => retry(matching)}>
          Retry task {id}
        </button>
        <button type="button" className="button" disabled={busy} onClick={() => discard(matching)}>
          Discard task {id} …
        </button>
      </div>
    </li>
  );
}
