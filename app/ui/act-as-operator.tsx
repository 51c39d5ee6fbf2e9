'use client';

import { type ReactNode, useState } from 'react';
import { useActing } from '#app/browser/acting.tsx';
import { problemText } from '#app/browser/http.ts';

/**
 * Says what an operator sees or may do in addition, with a button to act as one. When no demo account is an operator,
 * it says how to make one. Whoever acts as an operator is told so.
 */
export function ActAsOperator({ more }: { more: ReactNode }) {
  const { accounts, acting, actAs } = useActing();
  const [problem, setProblem] = useState('');
  const operator = accounts.find((account) => account.operator);
  const act = (handle: string) =>
    actAs(handle).then(
      () => setProblem(''),
      (error: unknown) => setProblem(problemText(error)),
    );
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
      <p role="status" className="min-w-0 flex-1 basis-72 text-muted">
        {acting?.operator ? `You act as ${acting.name}, an operator.` : more}
        {!acting?.operator && !operator && ' Nobody is one here: the setting OPERATORS names them.'}
      </p>
      {!acting?.operator && operator && (
        <button type="button" onClick={() => act(operator.handle)} className="button">
          Act as {operator.name}, an operator
        </button>
      )}
      {problem && (
        <p role="alert" className="w-full text-bad">
          Not signed in: {problem}
        </p>
      )}
    </div>
  );
}
