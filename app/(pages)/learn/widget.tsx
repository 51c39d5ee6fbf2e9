'use client';

import { useState } from 'react';
import type { AccountView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { problemText } from '#app/browser/http.ts';
import { DeliveryWidget, PostWidget } from './post-widgets.tsx';
import { BackPressureWidget, LawWidget } from './queue-widgets.tsx';
import type { WidgetName } from './statement.ts';
import { ScheduleWidget, TaskWidget } from './task-widgets.tsx';

const OF_ACCOUNT = {
  ...{ post: PostWidget, delivery: DeliveryWidget, task: TaskWidget, schedule: ScheduleWidget },
} satisfies Partial<Record<WidgetName, (props: { account: AccountView }) => unknown>>;

/** What a statement has in place: something to do, or figures of the system as it is now. */
export function Widget({ name }: { name: WidgetName }) {
  const { acting } = useActing();
  if (name === 'law') return <LawWidget />;
  if (name === 'back-pressure') return <BackPressureWidget />;
  if (!acting) return <ActFirst />;
  const OfAccount = OF_ACCOUNT[name];
  return <OfAccount key={acting.handle} account={acting} />;
}

/** Whoever acts as nobody yet becomes somebody by one click. */
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
