'use client';

import { useState } from 'react';
import { retryDeadLetters } from '#app/client/dead-letters.ts';
import { RelativeTime } from '#app/components/relative-time.tsx';
import type { DeadLetterGroup } from '#app/contract.ts';
import { count, counted } from '#app/delivery/figures.ts';
import { useActing } from '#app/shell/acting.tsx';
import { Card } from './figure.tsx';
import { afterRetry, matches } from './matches.ts';

/** What was given up, by what it died of, and another chance for all that match. */
export function DeadLetters({ groups }: { groups: DeadLetterGroup[] }) {
  const [said, setSaid] = useState('');
  const total = groups.reduce((sum, group) => sum + group.count, 0);
  return (
    <Card
      id="dead-letters"
      title="Dead letters"
      note={total > 0 ? `${counted(total, 'job')}, newest 200 a queue` : ''}
    >
      {groups.length === 0 && (
        <p className="text-muted text-sm">
          None. A chunk that fails eight times by its own fault would be here, with its error.
        </p>
      )}
      <ul className="divide-y">
        {groups.map((group) => (
          <Group key={`${group.queue} ${group.error}`} group={group} said={setSaid} />
        ))}
      </ul>
      <p role="status" className="mt-2 min-h-5 text-sm">
        {said}
      </p>
    </Card>
  );
}

function Group({ group, said }: { group: DeadLetterGroup; said(words: string): void }) {
  const { acting } = useActing();
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    await retryDeadLetters(matches(group), acting?.handle).then(
      (retried) => said(afterRetry(retried)),
      (error: Error) => said(`Not retried: ${error.message}`),
    );
    setBusy(false);
  };
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-2">
      <div className="min-w-0 flex-1 basis-64 text-sm">
        <code className="break-words text-bad">{group.error || 'no error was kept'}</code>
        <span className="block text-muted text-xs tabular-nums">
          {counted(group.count, 'job')} of {group.queue} · newest <RelativeTime at={group.newestAt} /> ·{' '}
          <code className="break-all">{JSON.stringify(group.example)}</code>
        </span>
      </div>
      <button type="button" className="button" disabled={busy || !acting} onClick={retry}>
        Retry all {count(group.count)}
        <span className="sr-only"> that died of {group.error}</span>
      </button>
      {!acting && (
        <p className="w-full text-muted text-xs">
          Choose an account first: only somebody signed in may retry.
        </p>
      )}
    </li>
  );
}
