'use client';

import { ClockIcon, Cross2Icon } from '@radix-ui/react-icons';
import Link from 'next/link';
import { useRef, useState } from 'react';
import { scheduleTweet } from '#app/browser/api.ts';
import { ProblemError } from '#app/browser/http.ts';
import { HOUR } from '#core/durations.ts';
import { scheduleTimeProblem } from '#core/tweets/schedule-time.ts';
import { PostTime } from './post-time.tsx';
import { LocalTime } from './time.tsx';
import { fromField, toField } from './zoned-time.ts';

const AHEAD = HOUR; // from now to the time that the field proposes

export type ScheduleHandle = {
  /** The field's value; null while it is closed. */
  at: string | null;
  problem: string | null;
  busy: boolean;
  /** The last tweet that was scheduled here, by its time. */
  scheduled: string | null;
  open(): void;
  close(): void;
  change(at: string): void;
  /** Schedules the text and calls `done` when the server has it. After a refusal the field says why. */
  schedule(text: string, done: () => void): Promise<void>;
};

/** Schedules from the composer: the field, what is wrong with it, and one key for each tweet and time. */
export function useSchedule(account: string): ScheduleHandle {
  const [at, setAt] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [scheduled, setScheduled] = useState<string | null>(null);
  const keyFor = useKey();
  const show = (value: string | null) => {
    setAt(value);
    setProblem(null);
  };
  const schedule = async (text: string, done: () => void) => {
    const scheduledFor = fromField(at ?? '');
    const wrong = scheduleTimeProblem(scheduledFor);
    setProblem(wrong);
    if (wrong) return;
    setBusy(true);
    try {
      const idempotencyKey = keyFor(`${at} ${text}`);
      const { task } = await scheduleTweet({ text, scheduledFor, account, idempotencyKey });
      setScheduled(task.dueAt);
      show(null);
      done();
    } catch (error) {
      setProblem(inWords(error));
    } finally {
      setBusy(false);
    }
  };
  const open = () => show(toField(new Date(Date.now() + AHEAD)).replace(/\d\d$/, '00'));
  return { at, problem, busy, scheduled, open, close: () => show(null), change: show, schedule };
}

/** Gives the same key for the same body, so that pressing again after a lost answer makes no second tweet. */
function useKey(): (body: string) => string {
  const last = useRef({ body: '', key: '' });
  return (body) => {
    if (last.current.body !== body) last.current = { body, key: crypto.randomUUID() };
    return last.current.key;
  };
}

function inWords(error: unknown): string {
  if (!(error instanceof ProblemError))
    return 'The server did not answer. Press Schedule again: it is posted once.';
  const { errors, detail } = error.problem;
  return errors?.map(({ message }) => message).join(' ') || detail;
}

/** The time of a tweet that is posted later, and a link to the tweet that was scheduled last. */
export function ScheduleRow({ schedule }: { schedule: ScheduleHandle }) {
  const { at, problem, change, scheduled } = schedule;
  return (
    <>
      {at !== null && (
        <div className="border-t pt-3">
          <PostTime value={at} change={change} problem={problem} autoFocus />
        </div>
      )}
      <p role="status" className="text-muted text-xs">
        {at === null && scheduled && (
          <span className="block border-t py-2">
            Scheduled for <LocalTime at={scheduled} />.{' '}
            <Link href="/tasks" className="link">
              Edit or cancel it
            </Link>
          </span>
        )}
      </p>
    </>
  );
}

/** The composer's button that opens the field, and closes it again. */
export function LaterSwitch({ schedule: { at, open, close } }: { schedule: ScheduleHandle }) {
  const Icon = at === null ? ClockIcon : Cross2Icon;
  return (
    <button type="button" onClick={at === null ? open : close} className="button px-2.5">
      <Icon aria-hidden className="size-4" />
      <span className="sr-only">{at === null ? 'Schedule for later' : 'Post now instead'}</span>
    </button>
  );
}
