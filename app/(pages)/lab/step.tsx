import type { ReactNode } from 'react';

/** One numbered step of an experiment. */
export function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="space-y-3">
      <h4 className="font-medium">
        <span className="text-muted tabular-nums">{number}</span> {title}
      </h4>
      {children}
    </section>
  );
}
