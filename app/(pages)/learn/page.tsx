import type { Metadata } from 'next';
import { Suspense } from 'react';
import { LabOff } from '#app/(pages)/lab/lab-off.tsx';
import { readRecorded, recordedBench } from '#app/recorded.ts';
import { ActAsOperator } from '#app/ui/act-as-operator.tsx';
import { NoteVerdict } from '#app/ui/note-verdict.tsx';
import { web } from '#app/web.ts';
import { CHAPTER, STATEMENTS } from './chapter.ts';
import { NotePosts } from './note-posts.tsx';
import { effectsOf } from './statement.ts';
import { type Recordings, StatementCard } from './statement-card.tsx';
import { Ticked } from './ticked.tsx';

export const metadata: Metadata = { title: 'Learn' };

/** `/learn`: asynchronism in 22 statements, each of which the reader makes happen. */
export default async function LearnPage() {
  const isLabOn = web().lab.state !== null;
  const recordings: Recordings = {
    brokers: await readRecorded('brokers', recordedBench),
    tasks: await readRecorded('tasks', recordedBench),
  };
  return (
    <div className="mx-auto w-full max-w-4xl space-y-10 px-4 py-6">
      <header className="space-y-4">
        <div>
          <h1 className="font-semibold text-2xl tracking-tight">Learn</h1>
          <p className="mt-1 max-w-2xl text-muted">
            Asynchronism in {STATEMENTS.length} short statements. Do not believe them: make each happen, on
            the system that runs here. It is ticked off once you have.
          </p>
        </div>
        <Ticked statements={STATEMENTS.map(effectsOf)} />
        {isLabOn ? (
          <ActAsOperator more="You can read, post and ask for tasks as anybody. An operator may run the experiments." />
        ) : (
          <LabOff />
        )}
      </header>
      <NotePosts />
      <NoteVerdict />
      {CHAPTER.map(({ title, statements }, index) => (
        <section key={title} aria-labelledby={`part-${index + 1}`} className="space-y-4">
          <h2 id={`part-${index + 1}`} className="font-semibold text-lg tracking-tight">
            <span className="text-muted tabular-nums">Part {index + 1}</span> {title}
          </h2>
          {statements.map((statement) => (
            <Suspense key={statement.id} fallback={<div className="skeleton h-48" />}>
              <StatementCard
                statement={statement}
                number={STATEMENTS.indexOf(statement) + 1}
                recordings={recordings}
              />
            </Suspense>
          ))}
        </section>
      ))}
    </div>
  );
}
