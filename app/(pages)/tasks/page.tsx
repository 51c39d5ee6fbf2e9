import type { Metadata } from 'next';
import { ChooseAccount } from '#app/ui/choose-account.tsx';
import { readSession, web } from '#app/web.ts';
import { TasksView } from './tasks-view.tsx';

export const metadata: Metadata = { title: 'Tasks' };

const TASKS = 50;

/** `/tasks`: scheduled tweets, work in the background, and what recurs. */
export default async function TasksPage() {
  const { acting } = await readSession();
  if (!acting) return <ChooseAccount />;
  const { reads } = web();
  const [tasks, schedules] = await Promise.all([reads.tasks(acting, TASKS), reads.schedules()]);
  return (
    <div className="mx-auto w-full max-w-4xl space-y-5 px-4 py-6">
      <header>
        <h1 className="font-semibold text-2xl tracking-tight">Tasks</h1>
        <p className="mt-1 max-w-2xl text-muted">
          Work that nobody waits for. It is written in the ledger, a worker does it when it is due, and its
          result stands here. When a worker dies, another one takes over its task.
        </p>
      </header>
      <TasksView key={acting.handle} account={acting} initial={tasks} schedules={schedules} />
    </div>
  );
}
