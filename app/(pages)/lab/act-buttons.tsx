import type { FaultView } from '#api/contract.ts';
import type { ToBreak } from '#app/browser/lab-acts.ts';
import { FAULTS, type FaultKind } from '#core/lab/fault-kinds.ts';
import type { Act } from './use-act.ts';

type Props = {
  kinds: FaultKind[];
  /** What the buttons act on, as a screen reader says it after the act: `worker A`. */
  of: string;
  /** The letter of the worker that they act on. */
  worker?: string;
  fault: FaultView | undefined;
  act: Act | undefined;
};

/** Buttons for what may be done to one thing. While it is broken, says so and shows the button that restores it. */
export function ActButtons({ kinds, of, worker, fault, act }: Props) {
  if (fault) return <Broken fault={fault} act={act} />;
  if (!act) return null;
  const order = (kind: FaultKind): ToBreak => ({ kind, ...(worker !== undefined && { worker }) });
  return kinds.map((kind) => (
    <button
      key={kind}
      type="button"
      className="button"
      disabled={act.busy}
      onClick={() => act.cause(order(kind))}
    >
      {FAULTS[kind].act}
      <span className="sr-only"> {of}</span>
    </button>
  ));
}

/** Says that something is broken, with the button that restores it. */
export function Broken({ fault, act }: { fault: FaultView | undefined; act: Act | undefined }) {
  if (!fault) return null;
  return (
    <div className="mt-2 flex flex-wrap items-center gap-3 text-sm">
      <p className="font-medium text-warn">{fault.progress ?? `Broken on purpose: ${fault.text}`}</p>
      {act && fault.healsAt && (
        <button type="button" className="button" disabled={act.busy} onClick={() => act.restore(fault.id)}>
          Restore<span className="sr-only"> {fault.target}</span>
        </button>
      )}
    </div>
  );
}
