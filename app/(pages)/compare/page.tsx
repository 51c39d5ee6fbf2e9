import type { Metadata } from 'next';
import { LabOff } from '#app/(pages)/lab/lab-off.tsx';
import { NoteVerdict } from '#app/ui/note-verdict.tsx';
import { web } from '#app/web.ts';
import { CompareBoard } from './compare-board.tsx';

export const metadata: Metadata = { title: 'Compare' };

/** `/compare`: the same tweet, raced through every way of delivering it. */
export default function ComparePage() {
  const { state, race } = web().lab;
  return (
    <div className="mx-auto w-full max-w-5xl space-y-8 px-4 py-6">
      <header>
        <h1 className="font-semibold text-2xl tracking-tight">Compare</h1>
        <p className="mt-1 max-w-2xl text-muted">
          The same tweet, delivered in four ways to the same followers, here and now: how long its author
          waits, when the followers have it, and what is left when the process dies half-way.
        </p>
      </header>
      <NoteVerdict />
      {state ? <CompareBoard initial={race} /> : <LabOff />}
    </div>
  );
}
