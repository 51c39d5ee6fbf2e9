'use client';

import { useState } from 'react';
import * as z from 'zod/mini';
import type { StageFiguresView, StageView } from '#api/contract.ts';
import { checked } from '#app/browser/live/live-event.ts';
import { useLive } from '#app/browser/live/use-live.tsx';
import { chunk, delivery, object } from '#app/browser/shapes.ts';
import { count, counted } from '#app/ui/figures.ts';
import { begin } from '../t/[id]/delivery/live-delivery.ts';
import { Mosaic } from '../t/[id]/delivery/mosaic.tsx';
import { InvariantFigure } from './invariants.tsx';

const number = z.number();
type Named<K extends 'jobs' | 'invariants'> = NonNullable<StageFiguresView[K]>;
type Worker = NonNullable<StageFiguresView['workers']>[number];

const jobs = object<Named<'jobs'>>({ waiting: number, inFlight: number, dead: number });
const worker = object<Worker>({ name: z.string(), alive: z.boolean(), chunks: number });
const invariants = object<Named<'invariants'>>({
  ...{ missing: number, twice: number, holes: number, waiting: number, tweets: number },
});
const figures = object<StageFiguresView>({
  ...{ at: z.string(), jobs: z.nullable(jobs), workers: z.nullable(z.array(worker)) },
  ...{ invariants: z.nullable(invariants), delivery: z.nullable(delivery), chunks: z.array(chunk) },
});
const shape = object<StageView>({ figures: z.nullable(figures) });

/** The stage of the experiment that runs, as it is now; nothing while there is none. */
export function StageWatch() {
  const [seen, setSeen] = useState<StageFiguresView | null>(null);
  useLive(['stage'], { stage: checked(shape, (view) => setSeen(view.figures)) });
  if (!seen) return null;
  return (
    <section aria-label="The stage now" className="space-y-3">
      <dl className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        <InvariantFigure name="missing" value={seen.invariants?.missing} mustBeZero />
        <InvariantFigure name="twice" value={seen.invariants?.twice} mustBeZero />
        <InvariantFigure name="holes" value={seen.invariants?.holes} mustBeZero />
        <InvariantFigure name="waiting" value={seen.invariants?.waiting} />
      </dl>
      <p className="text-sm tabular-nums">
        Queue: {jobsInWords(seen.jobs)}. Workers: {workersInWords(seen.workers)}.
      </p>
      {seen.delivery && <Tweet {...seen} delivery={seen.delivery} />}
    </section>
  );
}

function jobsInWords(jobs: StageFiguresView['jobs']): string {
  if (!jobs) return 'away';
  const dead = jobs.dead > 0 ? `, ${counted(jobs.dead, 'dead letter')}` : '';
  return `${count(jobs.waiting)} waiting, ${count(jobs.inFlight)} in hand${dead}`;
}

function workersInWords(workers: StageFiguresView['workers']): string {
  if (!workers) return 'unknown, Postgres is away';
  if (workers.length === 0) return 'none reports';
  return workers
    .map(({ name, alive, chunks }) => `${name} ${alive ? `holds ${counted(chunks, 'chunk')}` : 'is silent'}`)
    .join(', ');
}

type TweetProps = Pick<StageFiguresView, 'chunks'> & { delivery: NonNullable<StageFiguresView['delivery']> };

/** The tweet that the stage shows. When a picture cannot show all chunks, their number says how far it is. */
function Tweet({ delivery: of, chunks }: TweetProps) {
  return (
    <>
      <p className="text-sm tabular-nums">
        The tweet is {of.state}: {count(of.delivered)} of {count(of.expected)} timelines,{' '}
        {count(of.chunksDone)} of {counted(of.chunks, 'chunk')}
        {of.redeliveries > 0 && `, ${count(of.redeliveries)} came again and were ignored`}.
      </p>
      {chunks.length > 1 && <Mosaic {...begin({ delivery: of, chunks })} />}
    </>
  );
}
