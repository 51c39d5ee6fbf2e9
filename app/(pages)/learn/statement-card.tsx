import type { ExperimentView } from '#api/contract.ts';
import { listExperiments } from '#app/experiments.ts';
import { provenanceOf, type RecordedBench } from '#app/recorded.ts';
import { count } from '#app/ui/figures.ts';
import { web } from '#app/web.ts';
import { effectsOf, type Statement } from './statement.ts';
import { Tick } from './ticked.tsx';
import { Tries } from './tries.tsx';
import { Widget } from './widget.tsx';

/** What benches have recorded; null for one that nobody has run with `--record`. */
export type Recordings = Record<NonNullable<Statement['recorded']>['bench'], RecordedBench | null>;

type Props = { statement: Statement; number: number; recordings: Recordings };

/** One statement, with something in place that makes it happen. */
export async function StatementCard({ statement, number, recordings }: Props) {
  const { id, title, text, widget, recorded } = statement;
  const bench = recorded && recordings[recorded.bench];
  return (
    <article aria-labelledby={id} className="card space-y-4 p-4 sm:p-5">
      <header className="flex items-start gap-3">
        <Tick number={number} effects={effectsOf(statement)} />
        <div className="min-w-0">
          <h3 id={id} className="font-semibold">
            {title}
          </h3>
          <p className="mt-1 max-w-2xl text-pretty">{text}</p>
        </div>
      </header>
      {widget && <Widget name={widget} />}
      <Experiments statement={statement} />
      {recorded && bench && <Recorded recorded={recorded} bench={bench} />}
    </article>
  );
}

async function Experiments({ statement: { experiments, more } }: Pick<Props, 'statement'>) {
  if (web().lab.state === null)
    return experiments.length === 0 ? null : (
      <p className="text-muted text-sm">Its experiment needs the lab, which is off here.</p>
    );
  const known = (await listExperiments()) ?? [];
  const found = (ids: string[]): ExperimentView[] =>
    ids.flatMap((id) => known.find((each) => each.id === id) ?? []);
  return <Tries experiments={found(experiments)} more={found(more)} />;
}

type RecordedProps = { recorded: NonNullable<Statement['recorded']>; bench: RecordedBench };

function Recorded({ recorded, bench }: RecordedProps) {
  return (
    <div className="border-t pt-3 text-sm">
      <dl className="grid gap-x-6 gap-y-1 tabular-nums sm:grid-cols-[minmax(0,1fr)_auto]">
        {recorded.figures.map(({ name, figure, unit }) => (
          <div key={figure} className="contents">
            <dt className="text-muted">{withSizes(name, bench)}</dt>
            <dd className="font-medium sm:text-right">
              {shown(bench.figures[figure])}
              {unit === '' ? '' : unit === '/s' ? unit : ` ${unit}`}
            </dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-muted text-xs">
        {provenanceOf(bench)}, by npm run bench -- {recorded.bench}.
      </p>
    </div>
  );
}

/** A figure as text; a dash when it was not measured. */
function shown(value: number | undefined): string {
  if (value === undefined) return '–';
  return value >= 100 ? count(value) : String(Number(value.toPrecision(3)));
}

const withSizes = (name: string, { sizes }: RecordedBench): string =>
  name.replace(/\{(\w+)\}/g, (_, size: string) => shown(sizes[size]));
