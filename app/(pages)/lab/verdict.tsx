import { CheckIcon, Cross2Icon } from '@radix-ui/react-icons';
import type { ExperimentView, RunView } from '#api/contract.ts';
import { count, counted } from '#app/ui/figures.ts';
import { NOT_MEASURED, sentence, verdictInWords } from '#core/lab/verdict-words.ts';

type Props = { run: RunView; experiment: ExperimentView };

/** What the checker counted, and whether that is what somebody expected. */
export function VerdictOf({ run, experiment }: Props) {
  const { verdict } = run;
  if (!verdict)
    return (
      <p className="rounded-lg bg-warn-soft p-3 text-sm text-warn">
        There is none: the experiment was broken off, because {run.reason}. What it had broken is healed.
      </p>
    );
  const Icon = verdict.passed ? CheckIcon : Cross2Icon;
  return (
    <div className="space-y-3">
      <p
        className={`flex items-center gap-2 rounded-lg p-3 font-medium ${verdict.passed ? 'bg-good-soft text-good' : 'bg-bad-soft text-bad'}`}
      >
        <Icon aria-hidden className="size-5 shrink-0" />
        {sentence(verdictInWords(verdict.passed, experiment.mustFail))}
      </p>
      <Answered run={run} experiment={experiment} answer={verdict.answer} />
      <p className="text-sm tabular-nums">
        {count(verdict.delivered)} of {counted(verdict.accepted, 'accepted tweet')} delivered;{' '}
        {counted(verdict.timelines, 'timeline')} read back: <strong>{count(verdict.missing)} missing</strong>{' '}
        · <strong>{count(verdict.twice)} twice</strong> · <strong>{count(verdict.holes)} holes</strong>.
      </p>
      <dl className="grid gap-x-6 gap-y-1 text-sm tabular-nums sm:grid-cols-[minmax(0,1fr)_auto]">
        {verdict.measured.map(({ name, value }) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="mb-1 font-medium sm:mb-0 sm:text-right">{value}</dd>
          </div>
        ))}
      </dl>
      {verdict.findings.length > 0 && (
        <ul className="list-disc space-y-1 pl-5 text-bad text-sm">
          {verdict.findings.map((finding) => (
            <li key={finding}>{finding}</li>
          ))}
        </ul>
      )}
      <KeepIt run={run} />
    </div>
  );
}

function Answered({ run, experiment, answer }: Props & { answer: string | null }) {
  if (answer === null) return <p className="text-sm text-warn">{sentence(NOT_MEASURED)}</p>;
  const textOf = (id: string | null) => experiment.answers.find((each) => each.id === id)?.text;
  const said = textOf(run.prediction);
  return (
    <p className="text-sm">
      Measured: <strong className="font-semibold">{textOf(answer)}</strong>
      {said && (
        <>
          {' '}
          @{run.by} said “{said}”, and was {run.prediction === answer ? 'right' : 'wrong'}.
        </>
      )}
    </p>
  );
}

/** Opens the same experiment with the same seed, broker and dials. */
function linkTo({ experiment, seed, broker, dials }: RunView): string {
  const set = Object.entries(dials).map(([name, value]): [string, string] => [name, String(value)]);
  const query = new URLSearchParams([
    ...([
      ['experiment', experiment],
      ['seed', String(seed)],
    ] satisfies [string, string][]),
    ...(broker ? [['broker', broker] satisfies [string, string]] : []),
    ...set,
  ]);
  return `/lab?${query}#experiments`;
}

/** Links to download the run, and to run it again in the same way. */
function KeepIt({ run }: { run: RunView }) {
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
      <a
        href={`/api/lab/runs/${run.id}`}
        download={`${run.experiment}-seed-${run.seed}.json`}
        className="link"
      >
        Download the run as JSON
      </a>
      <a
        href={`/api/lab/runs/${run.id}/picture`}
        download={`${run.experiment}-seed-${run.seed}.svg`}
        className="link"
      >
        Download it as a picture
      </a>
      <a href={linkTo(run)} className="link tabular-nums">
        The same with seed {run.seed}
      </a>
    </p>
  );
}

/** Why it ends as it does, and where that is written. */
export function Why({ experiment }: { experiment: ExperimentView }) {
  return (
    <div className="space-y-2 text-sm">
      <p>{experiment.why}</p>
      <p className="text-muted">
        The experiment is <code className="break-all">{experiment.file}</code>
        {experiment.decision && (
          <>
            , the decision behind it <code className="break-all">{experiment.decision}</code>
          </>
        )}
        .
      </p>
    </div>
  );
}
