import type { LabStateView } from '#api/contract.ts';

const SHOWN = 12;

/** What was broken and healed, the newest first. */
export function FaultLog({ log }: { log: LabStateView['log'] }) {
  return (
    <section aria-labelledby="fault-log" className="card p-4 sm:p-5">
      <h2 id="fault-log" className="font-semibold">
        Log of faults
      </h2>
      {log.length === 0 ? (
        <p className="mt-2 text-muted text-sm">Nothing was broken on purpose since this system started.</p>
      ) : (
        <ol className="mt-2 space-y-1 text-sm tabular-nums">
          {log.slice(0, SHOWN).map(({ id, at, text }) => (
            <li key={id} className="flex gap-3">
              <time dateTime={at} className="shrink-0 text-muted">
                {at.slice(11, 19)} UTC
              </time>
              <span className="min-w-0 break-words">{text}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
