'use client';

import Link from 'next/link';
import { useState } from 'react';
import type { AccountView, SuggestionsView, TaskView } from '#api/contract.ts';
import { askTask, readSuggestions } from '#app/browser/api.ts';
import { problemText } from '#app/browser/http.ts';
import { useLive } from '#app/browser/live/use-live.tsx';
import { count, counted } from './figures.ts';
import { FollowButton } from './follow-button.tsx';
import { Portrait } from './portrait.tsx';
import { TimeAgo } from './time.tsx';

type Props = { account: AccountView; initial: SuggestionsView | null };

/** Whom the account might follow, as a task has computed it, and a button that computes it anew. */
export function WhoToFollow({ account, initial }: Props) {
  const { list, task, problem, compute } = useSuggestions(account.handle, initial);
  return (
    <section aria-labelledby="who-to-follow" className="card p-4">
      <h2 id="who-to-follow" className="font-semibold">
        Who to follow
      </h2>
      <About list={list} />
      <ul className="mt-1 divide-y">
        {list?.accounts.map(({ id, handle, name, shared, followerCount }) => (
          <li key={id} className="grid grid-cols-[2rem_minmax(0,1fr)_auto] items-center gap-x-3 py-2">
            <Portrait handle={handle} size={32} />
            <p className="min-w-0 text-sm">
              <Link href={`/u/${handle}`} className="block truncate font-medium hover:underline" dir="auto">
                {name}
              </Link>
              <span className="block truncate text-muted text-xs tabular-nums">
                {shared > 0 ? `${count(shared)} of your co-readers` : counted(followerCount, 'follower')}
              </span>
            </p>
            <FollowButton handle={handle} account={account.handle} following={false} />
          </li>
        ))}
      </ul>
      <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1">
        <button type="button" onClick={compute} disabled={task !== null} className="button min-h-8 py-1">
          {list?.computedAt ? 'Compute again' : 'Compute'}
        </button>
        <p role="status" className="min-w-0 flex-1 text-muted text-xs tabular-nums">
          {task ? <TaskProgress task={task} /> : <ComputedAt list={list} />}
        </p>
      </div>
      {problem && (
        <p role="alert" className="mt-2 text-bad text-xs">
          {problem}
        </p>
      )}
    </section>
  );
}

function About({ list }: { list: SuggestionsView | null }) {
  if (!list)
    return <p className="mt-1 text-muted text-sm">Suggestions cannot be read now. The timeline can.</p>;
  if (!list.computedAt)
    return (
      <p className="mt-1 text-muted text-sm">
        A task looks at everybody who follows the same people as you, and at whom else they follow.
      </p>
    );
  if (list.accounts.length === 0)
    return <p className="mt-1 text-muted text-sm">Nobody: you follow everybody who was found.</p>;
  if (list.readers === 0)
    return <p className="mt-1 text-muted text-sm">You follow nobody yet. These have the most followers.</p>;
  return (
    <p className="mt-1 text-muted text-xs tabular-nums">
      Followed by your {count(list.readers)} co-readers: they follow people whom you follow too.
    </p>
  );
}

function TaskProgress({ task: { state, progress } }: { task: TaskView }) {
  if (state === 'waiting' || !progress) return <>waits for a worker</>;
  const percent = Math.floor((100 * progress.done) / Math.max(progress.total, 1));
  return (
    <>
      {percent} % of {count(progress.total)} follows read
    </>
  );
}

function ComputedAt({ list }: { list: SuggestionsView | null }) {
  if (!list?.computedAt) return null;
  return (
    <>
      computed <TimeAgo at={list.computedAt} />
    </>
  );
}

const SHOWN = 4;

/** The list, and the task that computes it anew while there is one. */
function useSuggestions(account: string, initial: SuggestionsView | null) {
  const [list, setList] = useState(initial);
  const [task, setTask] = useState<TaskView | null>(null);
  const [problem, setProblem] = useState('');
  const end = async (last: TaskView) => {
    if (last.state === 'failed') setProblem(`It failed: ${last.error}`);
    if (last.state === 'succeeded')
      await readSuggestions(account, SHOWN).then(setList, (error) => setProblem(problemText(error)));
    setTask(null);
  };
  const hear = (heard: TaskView) => {
    if (heard.id !== task?.id) return;
    if (heard.state === 'waiting' || heard.state === 'running') setTask(heard);
    else void end(heard);
  };
  // Listens only while a task computes the list, because Home has enough topics.
  useLive(task ? [`tasks:${account}`] : [], { tasks: ({ tasks }) => tasks.forEach(hear) });
  const compute = () =>
    askTask('suggestions', account).then(
      (answer) => {
        setProblem('');
        setTask(answer.task);
      },
      (error: unknown) => setProblem(problemText(error)),
    );
  return { list, task, problem, compute };
}
