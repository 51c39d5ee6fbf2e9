'use client';

import Link from 'next/link';
import { LocalTime } from '#app/components/local-time.tsx';
import { PostTime } from '#app/components/post-time.tsx';
import type { ScheduleHandle } from './use-schedule.ts';

/** Below the text while it is to be posted later, and where what was scheduled last can be found. */
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
