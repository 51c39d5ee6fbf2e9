'use client';

import Link from 'next/link';
import type { ExperimentView } from '#api/contract.ts';
import { useLab } from '#app/browser/live/lab.tsx';
import { ExperimentFrame } from './experiment-frame.tsx';

type Props = {
  experiments: ExperimentView[];
  /** The experiment of the link that led here. */
  chosen: string | null;
  seed: string | null;
  broker: string | null;
  dials: Record<string, string>;
};

/** The list of experiments, and the one that is chosen. */
export function Experiments({ experiments, chosen, seed, broker, dials }: Props) {
  const { state, now } = useLab();
  const experiment = experiments.find(({ id }) => id === chosen) ?? experiments[0];
  if (!experiment || !state) return null;
  return (
    <section aria-labelledby="experiments-title" id="experiments" className="space-y-4">
      <div>
        <h2 id="experiments-title" className="font-semibold text-lg tracking-tight">
          Experiments
        </h2>
        <p className="mt-1 max-w-2xl text-muted text-sm">
          Say first what will happen. Then run it, watch it, and read what was counted in the end.
        </p>
      </div>
      {chosen !== null && experiment.id !== chosen && (
        <p role="alert" className="text-bad text-sm">
          There is no experiment “{chosen}”. This is the first one.
        </p>
      )}
      <div className="grid items-start gap-4 md:grid-cols-[15rem_minmax(0,1fr)]">
        <nav aria-label="Experiments" className="space-y-4">
          {PLACES.map(({ place, title }) => (
            <div key={place}>
              <h3 className="px-3 font-medium text-sm">{title}</h3>
              <Titles experiments={experiments.filter((each) => each.place === place)} chosen={experiment} />
            </div>
          ))}
        </nav>
        <ExperimentFrame key={experiment.id} {...{ experiment, state, now, seed, broker, dials }} />
      </div>
    </section>
  );
}

const PLACES = [
  { place: 'here', title: 'On this very system' },
  { place: 'stage', title: 'On a stage of its own' },
] as const;

type TitlesProps = { experiments: ExperimentView[]; chosen: ExperimentView };

function Titles({ experiments, chosen }: TitlesProps) {
  return (
    <ul className="mt-1 space-y-1">
      {experiments.map(({ id, title, mustFail }) => (
        <li key={id}>
          <Link
            href={`/lab?experiment=${id}#experiments`}
            aria-current={id === chosen.id ? 'true' : undefined}
            className="block rounded-lg px-3 py-2 text-muted text-sm hover:bg-ink/5 hover:text-ink aria-[current=true]:bg-ink/5 aria-[current=true]:font-medium aria-[current=true]:text-ink"
          >
            {title}
            {mustFail && <span className="ml-2 text-warn text-xs">must fail</span>}
          </Link>
        </li>
      ))}
    </ul>
  );
}
