import type { ExperimentInfo, ExperimentRun } from '#core/lab/experiment.ts';
import type { Host } from '#core/lab/machine.ts';
import { NOT_MEASURED, sentence, verdictInWords } from '#core/lab/verdict-words.ts';

/** A run, what people read of its experiment if it is still listed, and where it ran. */
export type Drawn = { run: ExperimentRun; info: ExperimentInfo | undefined; host: Host };

const WIDTH = 960; // px
const EDGE = 40; // px on each side
const LINE = 24; // px from one line of text to the next
const FITS = 100; // characters of a line of 16 px: the widest letters make about 110
const MOST_LINES = 60; // moments; a run of a hundred faults has more

const INK = '#1a1a1f';
const MUTED = '#5c5d66';
const TONES = {
  good: ['#e3f4ea', '#176b41'],
  bad: ['#fdeae8', '#b0241c'],
  open: ['#fbf0d9', '#835400'],
} as const;

type Row = { svg(y: number): string; height: number };

/**
 * The run as an SVG that can be read alone: what was asked, said and measured, what happened when, and where it ran. It loads
 * nothing and has no styles, so that it looks the same wherever it is opened.
 */
export function pictureOf(drawn: Drawn): string {
  const rows = [...headOf(drawn), ...verdictOf(drawn), ...axisOf(drawn.run), ...footOf(drawn)];
  const parts: string[] = [];
  let y = EDGE;
  for (const { svg, height } of rows) {
    parts.push(svg(y));
    y += height;
  }
  const height = y + EDGE;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="16" fill="${INK}">
<title>${escaped(drawn.run.title)}</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`;
}

function headOf({ run, info }: Drawn): Row[] {
  const textOf = (id: string | null) => info?.answers.find((answer) => answer.id === id)?.text ?? id;
  const said = run.prediction === null ? 'nothing' : textOf(run.prediction);
  const rows = [text(run.title, { size: 28, weight: 600 })];
  if (info) rows.push(...lines(info.statement, { fill: MUTED }), gap(8), ...lines(info.question));
  rows.push(gap(8), ...lines(`Predicted by @${run.by}: ${said}`));
  if (run.verdict) rows.push(...lines(measured(run.verdict.answer, textOf), { weight: 600 }));
  return [...rows, gap(12)];
}

const measured = (answer: string | null, textOf: (id: string) => string | null): string =>
  answer === null ? sentence(NOT_MEASURED) : `Measured: ${textOf(answer)}`;

function verdictOf({ run, info }: Drawn): Row[] {
  const { verdict } = run;
  if (!verdict)
    return [band(run.reason ? `Broken off: ${run.reason}` : 'No verdict yet: it is running', 'open')];
  const rows = [
    band(sentence(verdictInWords(verdict.passed, info?.mustFail ?? false)), verdict.passed ? 'good' : 'bad'),
    ...lines(
      `${count(verdict.delivered)} of ${count(verdict.accepted)} accepted tweets delivered; ${count(verdict.timelines)} timelines read back: ${count(verdict.missing)} missing · ${count(verdict.twice)} twice · ${count(verdict.holes)} holes`,
    ),
    gap(8),
  ];
  for (const { name, value } of verdict.measured) rows.push(...pair(name, value));
  for (const finding of verdict.findings) rows.push(...lines(`· ${finding}`, { fill: TONES.bad[1] }));
  return rows;
}

/** The moments on a line of time, numbered, and what each is. */
function axisOf({ moments, startedAt, endedAt }: ExperimentRun): Row[] {
  const shown = moments.slice(0, MOST_LINES);
  const lasted = endedAt === null ? 0 : (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
  const seconds = Math.max(lasted, ...moments.map(({ at }) => at), 1);
  const x = (at: number) => round(EDGE + (at / seconds) * (WIDTH - 2 * EDGE));
  const axis: Row = {
    height: 64,
    svg: (y) =>
      [
        `<path d="M${EDGE} ${y + 20}H${WIDTH - EDGE}" stroke="${MUTED}" stroke-width="2"/>`,
        ...shown.map(
          ({ at }) => `<circle cx="${x(at)}" cy="${y + 20}" r="6" fill="#4a3fc4" fill-opacity="0.7"/>`,
        ),
        label(0, y + 48, 'start'),
        label(seconds, y + 48, 'end'),
      ].join(''),
  };
  const label = (at: number, y: number, anchor: 'start' | 'end') =>
    `<text x="${x(at)}" y="${y}" text-anchor="${anchor}" fill="${MUTED}">${at.toFixed(1)} s</text>`;
  const rest = moments.length - shown.length;
  return [
    gap(16),
    text('What happened', { weight: 600 }),
    axis,
    ...shown.flatMap((moment) => pair(`${moment.at.toFixed(1)} s`, moment.text, 80)),
    ...(rest > 0 ? [text(`and ${rest} more`, { fill: MUTED })] : []),
  ];
}

function footOf({ run, info, host }: Drawn): Row[] {
  const size = info ? ` · ${run.size} ${info.size.of}` : '';
  const stage = run.broker ? ` · on a stage of its own with ${run.broker}` : '';
  const broker = run.broker ? ` --broker ${run.broker}` : '';
  const dials = Object.entries(run.dials).map(([name, value]) => ` --dial ${name}=${value}`);
  return [
    gap(16),
    ...lines(`Seed ${run.seed}${size}${stage} · ${run.startedAt.slice(0, 19).replace('T', ' ')} UTC`, {
      fill: MUTED,
    }),
    ...lines(`${host.cores} cores (${host.cpu}), ${host.memoryGb} GB, ${host.platform}, Node ${host.node}`, {
      fill: MUTED,
    }),
    ...lines(
      `tweet-fanout · npm run lab -- ${run.experiment} --seed ${run.seed} --size ${run.size}${broker}${dials.join('')}`,
      { fill: MUTED },
    ),
  ];
}

type Look = { size?: number; weight?: number; fill?: string };

function text(words: string, { size = 16, weight = 400, fill = INK }: Look = {}): Row {
  const height = size === 16 ? LINE : size + 16;
  return {
    height,
    svg: (y) =>
      `<text x="${EDGE}" y="${y + size}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escaped(words)}</text>`,
  };
}

const gap = (height: number): Row => ({ height, svg: () => '' });
const lines = (words: string, look?: Look): Row[] => wrap(words, FITS).map((line) => text(line, look));

/** A name on the left and what it is behind it. */
function pair(name: string, value: string, indent = 480): Row[] {
  const [names, values] = [wrap(name, indent / 8), wrap(value, (WIDTH - 2 * EDGE - indent) / 8)];
  return Array.from({ length: Math.max(names.length, values.length) }, (_, n) => ({
    height: LINE,
    svg: (y) =>
      `<text x="${EDGE}" y="${y + 16}" fill="${MUTED}">${escaped(names[n] ?? '')}</text>` +
      `<text x="${EDGE + indent}" y="${y + 16}">${escaped(values[n] ?? '')}</text>`,
  }));
}

function band(words: string, tone: keyof typeof TONES): Row {
  const [back, front] = TONES[tone];
  const parts = wrap(words, FITS - 4);
  const height = parts.length * LINE + 16;
  return {
    height: height + 12,
    svg: (y) =>
      `<rect x="${EDGE}" y="${y}" width="${WIDTH - 2 * EDGE}" height="${height}" rx="8" fill="${back}"/>` +
      parts
        .map(
          (part, n) =>
            `<text x="${EDGE + 16}" y="${y + 26 + n * LINE}" font-weight="600" fill="${front}">${escaped(part)}</text>`,
        )
        .join(''),
  };
}

/** Lines of at most so many characters, broken between words; a word that is longer is cut. */
function wrap(words: string, most: number): string[] {
  const found: string[] = [''];
  for (const word of words.split(/\s+/)) {
    const last = found.at(-1) ?? '';
    if (last === '') found[found.length - 1] = word;
    else if (last.length + 1 + word.length <= most) found[found.length - 1] = `${last} ${word}`;
    else found.push(word);
  }
  return found.map((line) => (line.length > most ? `${line.slice(0, most - 1)}…` : line));
}

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** As text of XML, which cannot hold control characters at all. */
const escaped = (words: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  words.replace(/[\u0000-\u001f\ufffe\uffff]/g, ' ').replace(/[&<>"]/g, (sign) => NAMES[sign] ?? sign);

const count = (n: number) => n.toLocaleString('en');
const round = (n: number) => Math.round(n * 10) / 10;
