import type { ReactNode } from 'react';

type Props = { name: ReactNode; value: string; note?: ReactNode };

/** One figure: its name, its value with a unit, and a note on its window or source. */
export function Figure({ name, value, note }: Props) {
  return (
    <div className="min-w-0">
      <dt className="text-muted text-sm">{name}</dt>
      <dd>
        <span className="block font-semibold text-xl tabular-nums group-data-[stale=true]:text-muted">
          {value}
        </span>
        {note && <span className="block text-muted text-xs tabular-nums">{note}</span>}
      </dd>
    </div>
  );
}

/** A card of the console with its heading. */
export function Card({
  id,
  title,
  note,
  children,
}: {
  id: string;
  title: string;
  note?: string;
  children: ReactNode;
}) {
  return (
    <section aria-labelledby={id} className="card p-4 sm:p-5">
      <h2 id={id} className="mb-3 font-semibold">
        {title} {note && <span className="font-normal text-muted text-sm">{note}</span>}
      </h2>
      {children}
    </section>
  );
}
