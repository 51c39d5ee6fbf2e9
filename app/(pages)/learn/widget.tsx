'use client';

import { type ComponentType, Suspense, useState } from 'react';
import type { AccountView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { problemText } from '#app/browser/http.ts';
import { loadLater } from '#app/ui/load-later.tsx';
import { DeliveryWidget, PostWidget } from './post-widgets.tsx';
import { BackPressureWidget, LawWidget } from './queue-widgets.tsx';
import type { WidgetName } from './statement.ts';

const loadTasks = () => import('./task-widgets.tsx');
/** Loaded later, because they stand far below and the row of a task is large. */
const TaskWidget = loadLater(() => loadTasks().then((loaded) => loaded.TaskWidget));
const ScheduleWidget = loadLater(() => loadTasks().then((loaded) => loaded.ScheduleWidget));

const OF_ACCOUNT = {
  ...{ post: PostWidget, delivery: DeliveryWidget, task: TaskWidget, schedule: ScheduleWidget },
} satisfies Partial<Record<WidgetName, ComponentType<{ account: AccountView }>>>;

/** What a statement has in place: something to do, or figures of the system as it is now. */
export function Widget({ name }: { name: WidgetName }) {
  const { acting } = useActing();
  if (name === 'law') return <LawWidget />;
  if (name === 'back-pressure') return <BackPressureWidget />;
  if (!acting) return <ActFirst />;
  const OfAccount = OF_ACCOUNT[name];
  return (
    <Suspense fallback={<div className="skeleton h-16" />}>
      <OfAccount key={acting.handle} account={acting} />
    </Suspense>
  );
}

/** For a reader who is not signed in: one click chooses an account. */
function ActFirst() {
  const { accounts, actAs } = useActing();
  const [problem, setProblem] = useState('');
  const account = accounts.find(({ role }) => role === 'ordinary');
  if (!account)
    return <p className="text-muted text-sm">The demo accounts appear here as soon as Postgres answers.</p>;
  const act = () => actAs(account.handle).catch((error: unknown) => setProblem(problemText(error)));
  return (
    <div className="flex flex-wrap items-center gap-3 text-sm">
      <button type="button" onClick={act} className="button">
        Act as {account.name}
      </button>
      <span className="text-muted">A tweet and a task belong to somebody. Press a for everybody else.</span>
      {problem && (
        <p role="alert" className="w-full text-bad">
          Not signed in: {problem}
        </p>
      )}
    </div>
  );
}
