import { DownloadIcon } from '@radix-ui/react-icons';
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { TaskView } from '#api/contract.ts';
import { count, counted } from '#app/ui/figures.ts';
import { bytesInWords } from '#app/ui/task-words.ts';
import { LocalTime } from '#app/ui/time.tsx';

type Props = { task: TaskView; account: string };

/** What a task has made: a file, a tweet or a list. The result of an unknown kind is shown as JSON. */
export function TaskResult({ task, account }: Props) {
  if (task.state !== 'succeeded') return null;
  switch (task.kind) {
    case 'archive':
      return <Archive task={task} account={account} />;
    case 'tweet':
      return <Posted task={task} />;
    case 'suggestions':
      return <Suggested task={task} />;
    case 'trends':
      return (
        <Words>
          {counted(figure(task, 'tweets'), 'tweet')} of {counted(figure(task, 'minutes'), 'minute')} counted,{' '}
          {counted(figure(task, 'terms'), 'term')}
        </Words>
      );
    case 'refresh-suggestions':
      return <Words>asked for {counted(figure(task, 'asked'), 'list')} that were older than a day</Words>;
    default:
      return (
        <p className="mt-1 text-xs">
          <code className="break-all text-muted">{JSON.stringify(task.result)}</code>
        </p>
      );
  }
}

const Words = ({ children }: { children: ReactNode }) => (
  <p className="mt-1 text-muted text-xs tabular-nums">{children}</p>
);

function Archive({ task, account }: Props) {
  const { id, expiresAt } = task;
  return (
    <p className="mt-2 text-sm">
      <a
        href={`/api/tasks/${id}/file?account=${encodeURIComponent(account)}`}
        download
        className="button min-h-8 py-1"
      >
        <DownloadIcon aria-hidden className="size-3.75" />
        Download {bytesInWords(figure(task, 'bytes'))}
      </a>
      <span className="mt-1 block text-muted text-xs tabular-nums">
        {counted(figure(task, 'rows'), 'row')}
        {expiresAt && (
          <>
            {' '}
            · kept until <LocalTime at={expiresAt} />
          </>
        )}
      </span>
    </p>
  );
}

const Posted = ({ task }: { task: TaskView }) => (
  <p className="mt-1 text-sm">
    <Link href={`/t/${figure(task, 'tweetId')}/delivery`} className="link">
      Its delivery
    </Link>
  </p>
);

const Suggested = ({ task }: { task: TaskView }) => (
  <p className="mt-1 text-sm">
    <Link href="/explore" className="link">
      {counted(figure(task, 'suggested'), 'suggestion')}
    </Link>{' '}
    <span className="text-muted tabular-nums">from what {count(figure(task, 'readers'))} others follow</span>
  </p>
);

/** A figure of a result. The worker has checked the result, so 0 only means that it has no such figure. */
function figure({ result }: TaskView, name: string): number {
  if (typeof result !== 'object' || result === null) return 0;
  const value = new Map(Object.entries(result)).get(name);
  return typeof value === 'number' ? value : 0;
}
