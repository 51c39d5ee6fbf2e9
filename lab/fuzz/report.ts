import { layOut } from '#lab/harness/table.ts';
import { type Condition, GOALS } from './growth.ts';
import type { Finding, Range } from './run-shots.ts';
import { KINDS } from './shot.ts';

/** What a run found, for people. */
export type Report = Pick<Range, 'tally' | 'findings'> & {
  seed: number;
  first: Condition;
  last: Condition;
  /** What the whole run has left half-done. */
  left: string[];
};

const SERVED = 'http://localhost:3000';
const HOW = `The commands go to ${SERVED}, where npm start serves. Replace their cookie, which is of this run, by your own.`;

/** Prints the answers by kind, the state of the process, and every finding with what repeats it. */
export function print(report: Report): void {
  console.log(`\n${layOut(answers(report))}\n\n${layOut(growth(report))}`);
  for (const each of grouped(report.findings)) console.log(`\n${inWords(each, report)}`);
  for (const each of report.left) console.log(`\nleft behind: ${each}`);
  if (report.findings.length > 0) console.log(`\n${HOW}`);
  console.log(`\n${report.findings.length + report.left.length} findings`);
}

function answers({ tally, seed }: Report) {
  const statuses = [...new Set([...tally.values()].flatMap((counts) => [...counts.keys()]))].sort();
  const rows = KINDS.map((kind) => [
    kind,
    ...statuses.map((status) => String(tally.get(kind)?.get(status) ?? '')),
  ]);
  return { title: `Answers (seed ${seed})`, head: ['kind', ...statuses], rows };
}

function growth({ first, last }: Report) {
  const row = (name: string, key: keyof Condition, goal?: number) => {
    const times = last[key] / first[key];
    const verdict = goal === undefined ? ['', ''] : [`≤ ${goal}`, times <= goal ? 'met' : 'MISSED'];
    return [name, ...[first[key], last[key], times].map((value) => value.toFixed(2)), ...verdict];
  };
  return {
    title: 'The web process',
    head: ['', 'after a tenth', 'at the end', '×', 'goal', ''],
    rows: [
      row('heap, collected (MB)', 'heapMb', GOALS.heapMb),
      row('resident memory (MB)', 'rssMb', GOALS.rssMb),
      row('empty route, median (ms)', 'emptyMs'),
      row('the same, × a bare server of Node', 'emptyTimes', GOALS.emptyTimes),
    ],
  };
}

/** Groups findings that differ only in their figures. */
function grouped(findings: Finding[]): Finding[][] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const name = `${finding.shot.kind} ${finding.what.replace(/(?<!^)\d+/g, '#')}`;
    groups.set(name, [...(groups.get(name) ?? []), finding]);
  }
  return [...groups.values()];
}

function inWords(same: Finding[], { seed }: Report): string {
  const [first] = same;
  if (!first) return '';
  const { shot, what, number } = first;
  const others = same.slice(1, 6).map((each) => each.number);
  return [
    `${shot.kind}: ${what}`,
    ...(others.length > 0 ? [`  ${same.length} times, also ${others.join(', ')}`] : []),
    `  npm run fuzz -- --seed ${seed} --from ${number} --requests 1`,
    `  ${asCommand(first, SERVED)}`,
  ].join('\n');
}

const LONGEST = 4_000; // bytes of a request that are printed

/** The request as a command for a shell: by curl where it is plain text, otherwise byte for byte. */
export function asCommand({ shot: { bytes, asked } }: Finding, url: string): string {
  const text = bytes.toString('latin1');
  if (bytes.length > LONGEST)
    return `${bytes.length} bytes beginning with ${JSON.stringify(text.slice(0, 200))}`;
  const whole = /^(\S+) (\S+) HTTP\/1\.1\r\n((?:[^\r\n]+\r\n)*)\r\n([^\r\n]*)$/.exec(text);
  if (!whole || asked.length !== 1 || /[^\r\n\x20-\x7e]/.test(text))
    return `xxd -r -p <<< ${bytes.toString('hex')} | nc ${new URL(url).host.replace(':', ' ')}`;
  const [, method = '', target = '', head = '', body = ''] = whole;
  const headers = head.split('\r\n').filter((line) => line && !/^content-length:/i.test(line));
  const data = body ? ` --data-raw ${quoted(body)}` : '';
  return `curl -i --path-as-is -X ${method}${headers.map((line) => ` -H ${quoted(line)}`).join('')}${data} ${quoted(url + target)}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
