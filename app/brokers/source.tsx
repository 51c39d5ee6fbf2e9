type Props = { measured?: true; value?: number; unit?: string };

const figures = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

/** Where a sentence comes from: from a recorded measurement, with its figure if there is one, or from reasoning. */
export function Source({ measured, value, unit }: Props) {
  if (!measured) return <span className="text-muted text-xs italic">explained</span>;
  return (
    <span className="rounded bg-accent-soft px-1.5 py-0.5 text-accent text-xs tabular-nums">
      measured{value !== undefined && `: ${figures.format(value)} ${unit}`}
    </span>
  );
}
