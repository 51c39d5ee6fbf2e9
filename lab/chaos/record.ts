import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { BrokerName } from '#broker/variables.ts';
import { BROKERS } from '#broker/variables.ts';
import { ROOT } from '#dev/paths.ts';
import { StartError } from '#dev/start-error.ts';
import { type BrokerRecovery, brokerRecovery, recoveryTable } from '../recovery/recovery-table.ts';
import { type Run, run, tables } from './runs.ts';

/** What is kept of all runs. */
export type Kept = { runs: Run[]; recoveries: BrokerRecovery[] };

const RUNS = join(ROOT, 'docs/figures/chaos.json');
const RECOVERIES = join(ROOT, 'docs/figures/recovery.json');
const DOCUMENT = join(ROOT, 'docs/faults.md');

/**
 * Keeps what these outputs of `npm run chaos -- --json` say in docs/figures, beside what is there or in the place of the
 * same run, and as tables in docs/faults.md.
 */
export function record(files: string[]): void {
  if (files.length === 0)
    throw new StartError('--record: expected files, got none', 'Their last line is JSON.');
  const { kept, document } = readRecord();
  const outputs = files.map(readOutput);
  const runs = outputs.flatMap((output) => ('chaos' in output ? [output.chaos] : []));
  const recoveries = outputs.flatMap((output) => ('recovery' in output ? [output.recovery] : []));
  const now: Kept = {
    runs: replaced(kept.runs, runs, ({ broker, seed, web }) => `${web} ${broker} ${seed}`).sort(
      (a, b) => place(a) - place(b) || a.seed - b.seed,
    ),
    recoveries: replaced(kept.recoveries, recoveries, ({ broker }) => broker),
  };
  write(RUNS, now.runs);
  write(RECOVERIES, now.recoveries);
  writeFileSync(DOCUMENT, inserted(document, now));
}

/** What is kept, and the document that says so. */
export function readRecord(): { kept: Kept; document: string } {
  const kept = { runs: read(RUNS, run), recoveries: read(RECOVERIES, brokerRecovery) };
  return { kept, document: readFileSync(DOCUMENT, 'utf8') };
}

/** The tables by the name of their place in the document. */
export function sections({ runs, recoveries }: Kept): Record<string, string> {
  return {
    'production web': tables(runs.filter(({ web }) => web === 'next')),
    'no web': tables(runs.filter(({ web }) => web !== 'next')),
    recovery: recoveryTable(recoveries),
  };
}

function inserted(document: string, kept: Kept): string {
  return Object.entries(sections(kept)).reduce((text, [name, table]) => {
    const place = new RegExp(`(<!-- npm run chaos -- --record: ${name} -->\n)[\\s\\S]*?(\n<!-- end -->)`);
    return text.replace(place, (_, from, to) => `${from}\n${table}\n${to}`);
  }, document);
}

/** In the order of the brokers; of two of one name the newer. */
function replaced<T extends { broker: BrokerName }>(old: T[], fresh: T[], name: (one: T) => string): T[] {
  const byName = new Map([...old, ...fresh].map((one) => [name(one), one]));
  return [...byName.values()].sort((a, b) => place(a) - place(b));
}

const place = ({ broker }: { broker: BrokerName }) => BROKERS.indexOf(broker);

const read = <T>(file: string, one: z.ZodType<T>): T[] =>
  existsSync(file) ? z.array(one).parse(JSON.parse(readFileSync(file, 'utf8'))) : [];

const write = (file: string, all: unknown[]) => writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);

const output = z.union([z.object({ chaos: run }), z.object({ recovery: brokerRecovery })]);

function readOutput(file: string): z.infer<typeof output> {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const parsed = output.safeParse(parse(lines.at(-1)));
  if (parsed.success) return parsed.data;
  throw new StartError(
    `${file}: ${z.prettifyError(parsed.error)}`,
    'Expected what `--json` prints at the end.',
  );
}

function parse(line = ''): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
