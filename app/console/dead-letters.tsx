'use client';

import { useState } from 'react';
import { retryDeadLetters } from '#app/client/dead-letters.ts';
import { RelativeTime } from '#app/components/relative-time.tsx';
import type { DeadLetterGroup } from '#app/contract.ts';
import { count, counted } from '#app/delivery/figures.ts';
import { useActing } from '#app/shell/acting.tsx';
import { Card } from './figure.tsx';
import { afterRetry, queuesOf, type Retry, retryOf } from './matches.ts';

/** What was given up, by what it died of, and another chance for all that match. */
export function DeadLetters({ groups }: { groups: DeadLetterGroup[] }) {
  const { retry, busy, said } = useRetry();
  return (
    <Card id="dead-letters" title="Dead letters" note="given up, until someone retries them">
      {groups.length === 0 && (
        <p className="text-muted text-sm">
          None. A chunk that fails eight times by its own fault would be here, with its error.
        </p>
      )}
      <ul className="divide-y">
        {groups.map((group) => (
          <Group key={`${group.queue} ${group.error}`} group={group} retry={retry} busy={busy} />
        ))}
      </ul>
      <div className="mt-3 flex flex-wrap gap-3">
        {queuesOf(groups).map(({ queue, count: letters }) => (
          <button
            key={queue}
            type="button"
            className="button"
            disabled={busy}
            onClick={() => retry({ queue })}
          >
            Retry all {count(letters)} of {queue}
          </button>
        ))}
      </div>
      <p role="status" className="mt-2 min-h-5 text-sm">
        {said}
      </p>
    </Card>
  );
}

/** `busy` also while nobody is signed in: only an account may retry. */
function useRetry() {
  const { acting } = useActing();
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState('');
  const retry = async (matching: Retry) => {
    setBusy(true);
    await retryDeadLetters(matching, acting?.handle).then(
      (retried) => setSaid(afterRetry(retried)),
      (error: Error) => setSaid(`Not retried: ${error.message}`),
    );
    setBusy(false);
  };
  return { retry, busy: busy || !acting, said };
}

type GroupProps = { group: DeadLetterGroup; retry(matching: Retry): void; busy: boolean };

function Group({ group, retry, busy }: GroupProps) {
  const matching = retryOf(group);
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-2">
      <div className="min-w-0 flex-1 basis-64 text-sm">
        <code className="break-words text-bad">{group.error || 'no error was kept'}</code>
        <span className="block text-muted text-xs tabular-nums">
          {counted(group.count, 'job')} of {group.queue} · newest <RelativeTime at={group.newestAt} /> ·{' '}
          <code className="break-all">{JSON.stringify(group.example)}</code>
        </span>
      </div>
      {matching && (
        <button type="button" className="button" disabled={busy} onClick={() => retry(matching)}>
          Retry these {count(group.count)}
        </button>
      )}
    </li>
  );
}
