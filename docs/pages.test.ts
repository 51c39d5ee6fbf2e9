import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ROOT } from '#dev/paths.ts';

/** What README, CONTRIBUTING, SECURITY and docs/ name exists: files, headings, commands, variables, messages. */

type Page = { file: string; text: string };
const read = (file: string): Page => ({ file, text: readFileSync(join(ROOT, file), 'utf8') });
const filesIn = (folder: string, ending: RegExp) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name))
    .map((name) => join(folder, name));

const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesIn('docs', /\.md$/)].map(read);
const page = (file: string) => PAGES.find((each) => each.file === file)?.text ?? '';
const everyMatch = (pattern: RegExp) =>
  PAGES.flatMap(({ file, text }) => [...text.matchAll(pattern)].map(([, name = '']) => ({ file, name })));

test('every relative link leads to a file, and its fragment to a heading there', () => {
  const links = everyMatch(/\]\((?!https?:)([^)\s]+)\)/g);
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter(({ file, name }) => !leadsSomewhere(file, name))).toEqual([]);
});

function leadsSomewhere(file: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const target = path === '' ? file : relative('.', join(dirname(file), decodeURIComponent(path)));
  if (!existsSync(join(ROOT, target))) return false;
  return heading === undefined || headingsOf(page(target)).includes(heading);
}

/** As GitHub makes fragments of headings. */
function headingsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
  return headings.map((heading) => heading.replace(/[^\p{Letter}\p{Number} _-]/gu, '').replaceAll(' ', '-'));
}

test('every file that is named in code type exists', () => {
  const named = everyMatch(
    /`((?:app|api|worker|core|broker|prisma|dev|lab|testing|e2e|docs)\/[\w./[\]-]+\.\w+)`/g,
  );
  expect(named.length).toBeGreaterThan(20);
  const real = named.filter(({ name }) => !name.includes('NAME')); // in recipes, for whatever is added
  expect(real.filter(({ name }) => !existsSync(join(ROOT, name)))).toEqual([]);
});

test('every command that is named exists', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json').text));
  const runs = everyMatch(/npm run ([\w-]+)/g);
  expect(runs.length).toBeGreaterThan(10);
  expect(runs.filter(({ name }) => !(name in scripts))).toEqual([]);
  const benches = everyMatch(/npm run\s+bench\s+--\s+([a-z][\w-]*)/g);
  expect(benches.filter(({ name }) => !existsSync(join(ROOT, 'lab/bench', `${name}.ts`)))).toEqual([]);
  const verbs = [...read('dev/start.mjs').text.matchAll(/^ {2}(\w+): '/gm)].map(([, verb]) => verb);
  const started = everyMatch(/node dev\/start\.mjs (\w+)/g);
  expect(started.filter(({ name }) => !verbs.includes(name))).toEqual([]);
});

test('docs/settings.md explains every variable of the environment', () => {
  const schemas = [read('core/config.ts'), read('broker/variables.ts')];
  const variables = schemas.flatMap(({ text }) => [...text.matchAll(/\b([A-Z][A-Z_]{3,}): [a-z]/g)]);
  const names = [...new Set(variables.map(([, name = '']) => name))];
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !page('docs/settings.md').includes(`\`${name}\``))).toEqual([]);
});

test('docs/troubleshooting.md explains every message that a start can end with', () => {
  const sources = filesIn('dev', /(?<!\.test)\.(ts|mjs)$/).map(read);
  const messages = sources.flatMap(({ text }) => [
    ...text.matchAll(/(?:new StartError\(|unavailable\(|stopWith\(|advice:)\s*(`[^`]*`|'[^']*')/g),
  ]);
  const fixed = messages.map(([, message = '']) => firstWords(message)).filter(Boolean);
  expect(fixed.length).toBeGreaterThan(15);
  const explained = page('docs/troubleshooting.md');
  expect([...new Set(fixed)].filter((part) => !explained.includes(part))).toEqual([]);
});

/** The first words of a message that stay the same, whatever is filled in, to the end of their sentence. */
function firstWords(literal: string): string {
  const parts = literal.slice(1, -1).split(/\$\{(?:[^{}]|\{[^}]*\})*\}|\\n/);
  const words = parts.map((part) => part.trim()).find((part) => part.length > 9) ?? '';
  return /^.*?(?=[.:] |$)/.exec(words)?.[0] ?? '';
}

test('the picture of the README moves, and is small enough for GitHub to show', () => {
  const picture = readFileSync(join(ROOT, 'docs/figures/delivery.webp'));
  expect(page('README.md')).toContain('](docs/figures/delivery.webp)');
  expect(picture.toString('latin1').split('ANMF').length).toBeGreaterThan(50); // each begins a frame
  expect(picture.length).toBeLessThan(3_000_000);
});
