'use client';

import { useRef, useState } from 'react';
import type { DeadLetterGroup, DeadTaskView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { discardDeadLetters, type Matching, retryDeadLetters } from '#app/browser/api.ts';
import { count, counted } from '#app/ui/figures.ts';
import { RelativeTime } from '#app/ui/time.tsx';
import { afterDiscard, afterRetry, queuesOf, retryOf } from './dead-letter-groups.ts';
import { DeadTasks } from './dead-tasks.tsx';
import { DiscardDialog, type ToDiscard } from './discard-dialog.tsx';
import { Card } from './figure.tsx';
import { RetryOrDiscard } from './retry-or-discard.tsx';

/** Dead letters by their error. All of one error, or of one queue, are retried or discarded together. */
export function DeadLetters({ groups, tasks }: { groups: DeadLetterGroup[]; tasks: DeadTaskView[] }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [asked, setAsked] = useState<ToDiscard | null>(null);
  const { run, busy, message } = useAction();
  const retry = (matching: Matching) =>
    run('Not retried', (account) => retryDeadLetters(matching, account).then(afterRetry));
  const discard = (matching: Matching) =>
    run('Not discarded', (account) => discardDeadLetters(matching, account).then(afterDiscard));
  const ask = (toDiscard: ToDiscard) => {
    setAsked(toDiscard);
    dialog.current?.showModal();
  };
  return (
    <Card id="dead-letters" title="Dead letters" note="given up, until someone retries or discards them">
      {groups.length + tasks.length === 0 && (
        <p className="text-muted text-sm">
          None. A chunk that fails eight times by its own fault would stand here with its error, and so would
          a task that has used up its attempts.
        </p>
      )}
      <ul className="divide-y">
        {groups.map((group) => (
          <Group key={`${group.queue} ${group.error}`} {...{ group, retry, ask, busy }} />
        ))}
      </ul>
      <DeadTasks {...{ tasks, busy, retry }} discard={(matching) => ask({ matching, letters: 0 })} />
      <div className="mt-3 flex flex-wrap gap-3">
        {queuesOf(groups, tasks).map(({ queue, count: letters, what }) => (
          <RetryOrDiscard
            key={queue}
            what={what}
            busy={busy}
            retry={() => retry({ queue })}
            discard={() => ask({ matching: { queue }, letters })}
          />
        ))}
      </div>
      <p role="status" className="mt-2 min-h-5 text-sm">
        {message}
      </p>
      <DiscardDialog dialog={dialog} asked={asked} discard={discard} />
    </Card>
  );
}

/** Does one thing at a time. It is `busy` also while nobody is signed in. */
function useAction() {
  const { acting } = useActing();
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState('');
  const run = async (failed: string, work: (account: string | undefined) => Promise<string>) => {
    setBusy(true);
    await work(acting?.handle).then(setMessage, (error: Error) => setMessage(`${failed}: ${error.message}`));
    setBusy(false);
  };
  return { run, busy: busy || !acting, message };
}

type GroupProps = {
  group: DeadLetterGroup;
  retry(matching: Matching): void;
  ask(toDiscard: ToDiscard): void;
  busy: boolean;
};

function Group({ group, retry, ask, busy }: GroupProps) {
  const matching = retryOf(group);
  const { queue, error, count: letters } = group;
  return (
    <li className="flex flex-wrap items-center justify-between gap-3 py-2">
      <div className="min-w-0 flex-1 basis-64 text-sm">
        <code className="break-words text-bad">{error || 'no error was stored'}</code>
        <span className="block text-muted text-xs tabular-nums">
          {counted(letters, 'job')} of {queue} · newest <RelativeTime at={group.newestAt} /> ·{' '}
          <code className="break-all">{JSON.stringify(group.example)}</code>
        </span>
      </div>
      <RetryOrDiscard
        what={`these ${count(letters)}`}
        busy={busy}
        retry={matching && (() => retry(matching))}
        discard={() => ask({ matching: { queue, error }, letters })}
      />
    </li>
  );
}
