'use client';

import { useState } from 'react';
import type { LabStateView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { resetLab, type ToBreak } from '#app/browser/lab-acts.ts';
import { useLab } from '#app/browser/live/lab.tsx';
import { ActAsOperator } from '#app/ui/act-as-operator.tsx';
import { FAULTS, type FaultInfo } from '#core/lab/fault-kinds.ts';
import { FaultLog } from './fault-log.tsx';
import { Invariants } from './invariants.tsx';
import { PartCard } from './part-card.tsx';
import { PullCard } from './pull-card.tsx';
import { type Act, useAct } from './use-act.ts';
import { WorkersCard } from './workers-card.tsx';

/** The figures that must hold, the parts of the system with what may be done to each, and the log of faults. */
export function LabBoard() {
  const { state } = useLab();
  const { acting } = useActing();
  const [lasts, setLasts] = useState('usual');
  const { act, run, problem } = useAct((order) => withDuration(order, lasts));
  if (!state) return null;
  return (
    <div className="space-y-4">
      <Invariants />
      <section aria-labelledby="parts" className="space-y-4">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <h2 id="parts" className="flex-1 font-semibold text-lg tracking-tight">
            The parts of this system
          </h2>
          {acting?.operator && (
            <>
              <Lasts value={lasts} choose={setLasts} />
              <button type="button" className="button" onClick={() => run(resetLab)}>
                Reset everything
              </button>
            </>
          )}
        </div>
        <ActAsOperator more="Everybody sees what is broken here. An operator may break it." />
        <p role="status" className={problem ? 'text-bad text-sm' : 'sr-only'}>
          {problem && `Not done: ${problem}`}
        </p>
        <Cards state={state} act={act} />
      </section>
      <FaultLog log={state.log} />
    </div>
  );
}

function Cards({ state, act }: { state: LabStateView; act: Act | undefined }) {
  return (
    <div className="grid items-start gap-4 md:grid-cols-2">
      <WorkersCard state={state} act={act} />
      {state.parts.map((part) => (
        <PartCard key={part.name} part={part} faults={state.faults} act={act} />
      ))}
      <PullCard faults={state.faults} act={act} />
    </div>
  );
}

const DURATIONS = ['5', '15', '60'];

function Lasts({ value, choose }: { value: string; choose(value: string): void }) {
  return (
    <label className="flex items-center gap-2 text-sm">
      Faults last
      <select
        value={value}
        onChange={(event) => choose(event.target.value)}
        className="min-h-9 rounded-lg border bg-surface px-2"
      >
        <option value="usual">as usual</option>
        {DURATIONS.map((seconds) => (
          <option key={seconds} value={seconds}>
            {seconds} s
          </option>
        ))}
      </select>
    </label>
  );
}

/** Adds the chosen duration to an order: none where the fault has none, and no longer than it may last. */
function withDuration(order: ToBreak, lasts: string): ToBreak {
  const { lasts: limits, on }: FaultInfo = FAULTS[order.kind];
  if (!limits || lasts === 'usual' || on === 'workers' || order.kind === 'timelines-warmed') return order;
  return { ...order, seconds: Math.min(Number(lasts), limits.most) };
}
