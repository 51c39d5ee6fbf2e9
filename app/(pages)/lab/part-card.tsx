import type { FaultView, LabStateView } from '#api/contract.ts';
import { FAULT_KINDS, FAULTS, type FaultKind, type Thing } from '#core/lab/fault-kinds.ts';
import { Broken } from './act-buttons.tsx';
import type { Act } from './use-act.ts';

type Part = LabStateView['parts'][number];

const TITLES: Record<Part['name'], string> = {
  web: 'Web',
  queue: 'Queue',
  timelines: 'Timelines',
  postgres: 'Postgres',
};

const kindsOn = (thing: Thing): FaultKind[] => FAULT_KINDS.filter((kind) => FAULTS[kind].on === thing);

/** One part that is no worker: whether it is broken, and what may be done to it. */
export function PartCard({ part, faults, act }: { part: Part; faults: FaultView[]; act: Act | undefined }) {
  const fault = faults.find(({ target }) => target === part.name);
  const title = TITLES[part.name];
  return (
    <section aria-labelledby={`part-${part.name}`} className="card p-4 sm:p-5">
      <h3 id={`part-${part.name}`} className="font-semibold">
        {title}
      </h3>
      <Broken fault={fault} act={act} />
      {part.isEmbedded ? (
        <ul className="mt-3 space-y-3">
          {kindsOn(part.name).map((kind) => (
            <li key={kind}>
              <ActRow kind={kind} of={title} isBroken={fault !== undefined} act={act} />
            </li>
          ))}
        </ul>
      ) : (
        <p className="mt-3 text-muted text-sm">
          This server was given by its URL. Others may use it, so the lab does not touch it.
        </p>
      )}
    </section>
  );
}

type RowProps = { kind: FaultKind; of: string; isBroken: boolean; act: Act | undefined };

/** One act. Everybody reads what it does, and whoever may do it has the button. */
function ActRow({ kind, of, isBroken, act }: RowProps) {
  const { act: verb, does } = FAULTS[kind];
  return (
    <div className="flex items-start gap-3">
      {act ? (
        <button
          type="button"
          className="button w-32 shrink-0 max-sm:w-28"
          disabled={act.busy || isBroken}
          onClick={() => act.cause({ kind })}
        >
          {verb}
          <span className="sr-only"> {of}</span>
        </button>
      ) : (
        <span className="w-32 shrink-0 font-medium text-sm max-sm:w-28">{verb}</span>
      )}
      <p className="min-w-0 text-muted text-sm">{does}</p>
    </div>
  );
}
