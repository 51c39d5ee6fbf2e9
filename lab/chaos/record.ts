import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { BrokerName } from '#broker/variables.ts';
import { BROKERS } from '#broker/variables.ts';
import { ROOT } from '#dev/paths.ts';
import { StartError } from '#dev/start-error.ts';
import { output, type Recorded, recorded, sections } from './recorded.ts';

const RUNS = join(ROOT, 'docs/figures/chaos.json');
const RECOVERIES = join(ROOT, 'docs/figures/recovery.json');
const DOCUMENT = join(ROOT, 'docs/faults.md');

/**
 * Adds these outputs of `npm run chaos -- --json` to docs/figures, where a new run replaces the same run of before.
 * Then it writes all of them as tables into docs/faults.md.
 */
export function record(files: string[]): void {
  if (files.length === 0)
    throw new StartError('--record: expected files, got none', 'Their last line is JSON.');
  const { before, document } = readRecord();
  const outputs = files.map(readOutput);
  const runs = outputs.flatMap((each) => ('chaos' in each ? [each.chaos] : []));
  const recoveries = outputs.flatMap((each) => ('recovery' in each ? [each.recovery] : []));
  const now: Recorded = {
    runs: replaced(
      before.runs,
      runs,
      ({ broker, seed, web, cluster = false }) => `${web} ${broker} ${seed} ${cluster}`,
    ).sort((a, b) => place(a) - place(b) || a.seed - b.seed),
    recoveries: replaced(before.recoveries, recoveries, ({ broker }) => broker),
  };
  write(RUNS, now.runs);
  write(RECOVERIES, now.recoveries);
  writeFileSync(DOCUMENT, inserted(document, now));
}

/** What was recorded before, and the document that shows it. */
export function readRecord(): { before: Recorded; document: string } {
  const before = recorded.parse({ runs: read(RUNS), recoveries: read(RECOVERIES) });
  return { before, document: readFileSync(DOCUMENT, 'utf8') };
}

function inserted(document: string, now: Recorded): string {
  return Object.entries(sections(now)).reduce((text, [name, table]) => {
    const found = new RegExp(`(<!-- npm run chaos -- --record: ${name} -->\n)[\\s\\S]*?(\n<!-- end -->)`);
    return text.replace(found, (_, from, to) => `${from}\n${table}\n${to}`);
  }, document);
}

/** All of them in the order of the brokers. Of two with the same name only the newer one stays. */
function replaced<T extends { broker: BrokerName }>(old: T[], fresh: T[], name: (one: T) => string): T[] {
  const byName = new Map([...old, ...fresh].map((one) => [name(one), one]));
  return [...byName.values()].sort((a, b) => place(a) - place(b));
}

const place = ({ broker }: { broker: BrokerName }) => BROKERS.indexOf(broker);

const read = (file: string): unknown => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []);

const write = (file: string, all: unknown[]) => writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);

function readOutput(file: string): z.infer<typeof output> {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const parsed = output.safeParse(parse(lines.at(-1)));
  if (parsed.success) return parsed.data;
  const expected = 'Expected what `--json` prints at the end.';
  throw new StartError(`${file}: ${z.prettifyError(parsed.error)}`, expected);
}

function parse(line = ''): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
