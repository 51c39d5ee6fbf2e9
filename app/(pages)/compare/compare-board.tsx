'use client';

import { useState } from 'react';
import type { RaceView } from '#api/contract.ts';
import { useLab } from '#app/browser/live/lab.tsx';
import { checked } from '#app/browser/live/live-event.ts';
import { useLive } from '#app/browser/live/use-live.tsx';
import { counted } from '#app/ui/figures.ts';
import { placeOf, sentenceOf } from '#core/lab/race-result.ts';
import { Crashes } from './crashes.tsx';
import { Lanes } from './lanes.tsx';
import { Moments } from './moments.tsx';
import { raceShape } from './race-shape.ts';
import { StartRace } from './start-race.tsx';

/** The race, live. It begins with the last one that the server knows. */
export function CompareBoard({ initial }: { initial: RaceView | null }) {
  const [race, setRace] = useState(initial);
  useLive(['race'], { race: checked(raceShape, setRace) });
  const { state } = useLab();
  const heat = race?.heats.at(-1);
  const isOver = state?.run?.id !== race?.run || state?.run?.endedAt !== null;
  return (
    <div className="space-y-8">
      <StartRace />
      {race && heat ? (
        <>
          <p className="text-muted text-sm">{placeOf(race)}:</p>
          <Lanes heat={heat} />
          <Moments heats={race.heats} />
          <Crashes race={race} isOver={isOver} />
          {isOver && <Closing race={race} />}
        </>
      ) : (
        <p className="card p-5 text-muted">Nothing has been raced since this system started.</p>
      )}
      <p role="status" className="sr-only">
        {heat && `${isOver ? 'Raced' : 'Racing'} with ${counted(heat.followers, 'follower')}`}
      </p>
    </div>
  );
}

/** One sentence about the race, made from what was measured. */
function Closing({ race }: { race: RaceView }) {
  return (
    <section aria-labelledby="closing" className="rounded-xl bg-accent-soft p-4 sm:p-5">
      <h2 id="closing" className="font-semibold">
        In one sentence
      </h2>
      <p className="mt-2 max-w-3xl text-lg tabular-nums">{sentenceOf(race)}</p>
      <p className="mt-3 text-sm">
        <a href={`/api/lab/runs/${race.run}`} download={`race-${race.run}.json`} className="link">
          Download the run as JSON
        </a>
      </p>
    </section>
  );
}
