import type { Journey } from './journey.ts';

type Read = (figure: string) => number | undefined;

/** One line of the table: its name, and how it shows a broker's figures. */
export type Row = { name: string; show(read: Read): string };

/** Shows a dash for a figure that was not measured. */
export const row = (name: string, figure: string, format: (value: number) => string): Row => ({
  name,
  show: (read) => {
    const value = read(figure);
    return value === undefined ? '–' : format(value);
  },
});

type Props = {
  journeys: Journey[];
  running: string;
  rows: Row[];
  /** By `<broker>_<figure>`. */
  figures: Record<string, number>;
  caption: string;
};

/** Recorded figures with a column for each broker. */
export function BrokerTable({ journeys, running, rows, figures, caption }: Props) {
  return (
    /* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */
    <section tabIndex={0} aria-label={caption} className="card mt-4 overflow-x-auto">
      <table className="w-full border-separate border-spacing-0 text-right text-sm tabular-nums">
        <caption className="sr-only">{caption}</caption>
        <thead className="text-muted">
          <tr>
            <th scope="col" className="border-b px-3 py-2 text-left font-medium">
              Recorded
            </th>
            {journeys.map(({ broker, title }) => (
              <th key={broker} scope="col" className="border-b px-3 py-2 font-medium">
                {title}
                {broker === running && (
                  <span className="block font-normal text-accent text-xs">runs now</span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, show }) => (
            <tr key={name}>
              <th scope="row" className="min-w-32 px-3 py-1.5 text-left font-normal">
                {name}
              </th>
              {journeys.map(({ broker }) => (
                <td key={broker} className="whitespace-nowrap px-3 py-1.5">
                  {show((figure) => figures[`${broker}_${figure}`])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
