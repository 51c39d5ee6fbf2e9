import { CheckIcon, ClockIcon, CopyIcon, Cross2Icon } from '@radix-ui/react-icons';
import { CrashForReal } from './crash-for-real.tsx';
import { CrashHere } from './crash-here.tsx';
import type { Crash, Journey, Step, Verdict } from './journey.ts';
import { STEPS } from './journey.ts';

type Props = {
  journeys: Journey[];
  /** The broker of the running system. */
  running: string;
  /** The figures of the recorded bench. */
  figures: Record<string, number>;
};

const CRASHES: Record<Step, string> = {
  publish: 'The web process dies after its commit, or the broker while it answers.',
  held: 'The broker’s server is killed while it holds the message.',
  'handed out': 'The worker is killed while it holds the message.',
  effect: 'The worker is killed after the push and before it has told anybody.',
  acknowledged: 'The connection breaks before the acknowledgement arrives.',
  gone: 'The broker is emptied: everything that it held is gone.',
};

/** The steps of one message, on all brokers side by side. */
export function Steps(props: Props) {
  return (
    <section aria-labelledby="steps">
      <h2 id="steps" className="font-semibold text-lg tracking-tight">
        The steps of a message
      </h2>
      <p className="mt-1 max-w-2xl text-muted text-sm">
        What a crash does depends on the settings. <Source measured /> means that the bench crashed a real
        server and counted, <Source /> that the sentence follows from the broker’s contract.
      </p>
      <ol className="mt-4">
        {STEPS.map((step, index) => (
          <li key={step} className="relative border-l pb-6 pl-6 last:pb-0 md:pl-8">
            <span
              aria-hidden
              className="-left-3 absolute top-3 grid size-6 place-items-center rounded-full border bg-surface font-mono text-xs"
            >
              {index + 1}
            </span>
            <StepCard step={step} {...props} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function StepCard({ step, journeys, running, figures }: Props & { step: Step }) {
  return (
    <article className="card p-4 md:p-5">
      <h3 className="font-semibold first-letter:uppercase">{step}</h3>
      <div className="mt-2 grid gap-4 md:grid-cols-3">
        {journeys.map(({ broker, title, stops }) => (
          <p key={broker} className="text-sm leading-relaxed">
            <BrokerName title={title} runs={broker === running} />
            <span className="text-muted">{stops[step].does}</span>
          </p>
        ))}
      </div>
      <CrashHere step={step}>
        <p className="font-medium text-sm">{CRASHES[step]}</p>
        <div className="mt-3 grid gap-4 md:grid-cols-3">
          {journeys.map(({ broker, title, stops }) => (
            <div key={broker}>
              <h4 className="text-sm">
                <BrokerName title={title} runs={broker === running} />
              </h4>
              <ul className="mt-1 space-y-2">
                {stops[step].crashes.map((crash) => (
                  <CrashCard key={crash.setting} crash={crash} figures={figures} />
                ))}
              </ul>
              <CrashForReal step={step} broker={broker} title={title} />
            </div>
          ))}
        </div>
      </CrashHere>
    </article>
  );
}

function BrokerName({ title, runs }: { title: string; runs: boolean }) {
  return (
    <span className="block font-medium">
      {title}
      {runs && <span className="ml-2 font-normal text-accent text-xs">runs now</span>}
    </span>
  );
}

function CrashCard({ crash, figures }: { crash: Crash; figures: Record<string, number> }) {
  const { setting, ours, verdict, says, figure } = crash;
  const value = figure && figures[figure.name];
  return (
    <li className="rounded-lg border bg-canvas p-3 text-sm leading-relaxed">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <VerdictMark verdict={verdict} />
        <span className="font-medium">{setting}</span>
        {ours && <span className="text-muted text-xs">as here</span>}
      </p>
      <p className="mt-1 text-muted">{says}</p>
      <p className="mt-1">
        {figure && value !== undefined ? <Source measured value={value} unit={figure.unit} /> : <Source />}
      </p>
    </li>
  );
}

type SourceProps = { measured?: true; value?: number; unit?: string };

const figures = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

/** Says whether a sentence was measured or is only explained, with the figure if there is one. */
function Source({ measured, value, unit }: SourceProps) {
  if (!measured) return <span className="text-muted text-xs italic">explained</span>;
  return (
    <span className="rounded bg-accent-soft px-1.5 py-0.5 text-accent text-xs tabular-nums">
      measured{value !== undefined && `: ${figures.format(value)} ${unit}`}
    </span>
  );
}

const MARKS = {
  fine: { Icon: CheckIcon, paint: 'bg-good-soft text-good' },
  late: { Icon: ClockIcon, paint: 'bg-warn-soft text-warn' },
  lost: { Icon: Cross2Icon, paint: 'bg-bad-soft text-bad' },
  twice: { Icon: CopyIcon, paint: 'bg-bad-soft text-bad' },
} satisfies Record<Verdict, unknown>;

/** What becomes of a message, in a word, a mark and a colour. */
function VerdictMark({ verdict }: { verdict: Verdict }) {
  const { Icon, paint } = MARKS[verdict];
  return (
    <span
      className={`inline-flex items-center gap-1 rounded-full px-2 py-0.5 font-semibold text-xs ${paint}`}
    >
      <Icon aria-hidden className="size-3" />
      {verdict}
    </span>
  );
}
