'use client';

import { CheckIcon, Cross2Icon, DownloadIcon } from '@radix-ui/react-icons';
import type { AuditProgressView, AuditView, DeliveryView } from '#api/contract.ts';
import { count, counted, duration } from '#app/ui/figures.ts';
import type { Audit } from './audit.ts';
import { identity, proven, standing, verdict } from './audit.ts';

/** The audit: its counts, whether they add up, and the result as a file. */
export function AuditPanel({ audit, delivery }: { audit: Audit; delivery: DeliveryView }) {
  const { result, running, progress, problem, check } = audit;
  return (
    <section aria-labelledby="audit" aria-busy={running} className="card p-4 sm:p-5">
      <h2 id="audit" className="mb-3 font-semibold">
        Audit{' '}
        <span className="font-normal text-muted">
          {delivery.pulled > 0 ? 'some homes read back' : 'every timeline read back'}
        </span>
      </h2>
      {result ? <Result audit={result} /> : <Before delivery={delivery} running={running} />}
      {progress && <HowFar progress={progress} />}
      {problem && (
        <p className="mt-3 rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          No result: {problem.text}.{!problem.isFinal && ' Check again.'}
        </p>
      )}
      <div className="mt-4 flex flex-wrap gap-2">
        <button
          type="button"
          className={`button ${result ? '' : 'button-primary'}`}
          disabled={running || delivery.state !== 'delivered' || problem?.isFinal}
          onClick={check}
        >
          {label(running, result, delivery)}
        </button>
        {result && (
          <button
            type="button"
            className="button"
            onClick={() => saveJson(`audit-${result.tweetId}.json`, result)}
          >
            <DownloadIcon aria-hidden className="size-4" /> Download JSON
          </button>
        )}
      </div>
    </section>
  );
}

function label(running: boolean, result: AuditView | null, { expected, pulled }: DeliveryView): string {
  if (pulled > 0) return running ? 'Reading homes …' : result ? 'Check again' : 'Read back';
  if (running) return `Reading ${counted(expected, 'timeline')} …`;
  return result ? 'Check again' : `Read back ${counted(expected, 'timeline')}`;
}

function Before({ delivery, running }: { delivery: DeliveryView; running: boolean }) {
  if (delivery.state !== 'delivered') {
    return <p className="text-sm text-muted">The audit can run once every chunk is delivered.</p>;
  }
  if (delivery.pulled > 0)
    return (
      <p className="text-sm text-muted">
        Not audited yet. The audit counts who is owed this tweet, and opens home for some of them: it has to
        be there, once.
      </p>
    );
  if (running)
    return <p className="text-sm text-muted">Reading each follower’s timeline and counting this tweet.</p>;
  return (
    <p className="text-sm text-muted">
      Not audited yet. The audit does not trust the counters above: it opens each follower’s timeline and
      counts this tweet in it.
    </p>
  );
}

/** How far the audit is that somebody waits for, as its events tell. */
function HowFar({ progress }: { progress: AuditProgressView }) {
  return (
    <div className="mt-3 grid gap-1.5">
      {progress.state !== 'waiting' && (
        <progress
          aria-label="Timelines read"
          value={progress.read}
          max={Math.max(progress.expected, 1)}
          className="h-1.5 w-full accent-accent"
        />
      )}
      <p className="text-sm text-muted tabular-nums">{standing(progress)}</p>
    </div>
  );
}

function Result({ audit }: { audit: AuditView }) {
  return (
    <>
      <Verdict audit={audit} />
      <table className="mt-3 w-full text-sm">
        <caption className="sr-only">Timelines by what the audit found</caption>
        <tbody>
          <Line name="expected" figure={audit.expected} sentence="followers when the tweet was accepted" />
          <Line name="present" figure={audit.present} sentence="have it in their timeline" />
          <Line
            name="cold"
            figure={audit.cold}
            sentence="no timeline in memory: rebuilt with it at the next read"
          />
          <Line name="gone" figure={audit.gone} sentence="no longer follow the author" />
          {audit.pulled > 0 && (
            <Line
              name="pulled"
              figure={audit.pulled}
              sentence={`read it from the author’s list; ${counted(audit.sampled, 'home')} read back`}
            />
          )}
          <Line
            name="missing"
            figure={audit.missing}
            sentence={audit.pulled > 0 ? 'have a home without it' : 'have a timeline without it'}
            bad
          />
          <Line name="twice" figure={audit.twice} sentence="have it more than once" bad />
        </tbody>
      </table>
      <Identity audit={audit} />
      <p className="mt-2 text-xs text-muted tabular-nums">
        Read in {duration(audit.ms)},{' '}
        <time dateTime={audit.checkedAt}>{new Date(audit.checkedAt).toLocaleTimeString()}</time>.
      </p>
    </>
  );
}

function Verdict({ audit }: { audit: AuditView }) {
  const tone = proven(audit) ? 'bg-good-soft text-good' : 'bg-bad-soft text-bad';
  return <p className={`rounded-lg px-3 py-2 text-sm font-medium ${tone}`}>{verdict(audit)}</p>;
}

type LineProps = { name: string; figure: number; sentence: string; bad?: boolean };

function Line({ name, figure, sentence, bad = false }: LineProps) {
  return (
    <tr className="align-baseline">
      <th scope="row" className="py-1 pr-3 text-left font-medium">
        {name}
      </th>
      <td
        className={`py-1 pr-4 text-right font-mono tabular-nums ${bad && figure > 0 ? 'font-semibold text-bad' : ''}`}
      >
        {count(figure)}
      </td>
      <td className="w-full py-1 text-xs text-muted">{sentence}</td>
    </tr>
  );
}

function Identity({ audit }: { audit: AuditView }) {
  const { holds, off } = identity(audit);
  const pulls = audit.pulled > 0;
  const Sign = holds ? CheckIcon : Cross2Icon;
  return (
    <p
      className={`mt-3 flex flex-wrap items-center gap-x-2 border-t pt-3 text-sm tabular-nums ${holds ? 'text-good' : 'text-bad'}`}
    >
      <Sign aria-hidden className="size-4" />
      <span>
        {count(audit.expected)} {holds ? '=' : '≠'} {count(audit.present)} + {count(audit.cold)} +{' '}
        {count(audit.gone)}
        {pulls && ` + ${count(audit.pulled)}`}
      </span>
      <span className="text-xs text-muted">
        expected = present + cold + gone{pulls && ' + pulled'} {holds ? 'holds' : `is off by ${count(off)}`}
      </span>
    </p>
  );
}

/** Downloads a value as a file. */
function saveJson(name: string, value: unknown): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
