import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './paths.ts';

/** An arrow from one folder to another, and the import that makes it. */
type Arrow = { from: string; to: string; by: string };

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"]((?:\.\.?\/|#)[^'"]+)['"]/g;

test('no two folders import each other, also not through others', () => {
  expect(circlesOf(arrowsOf(productFiles(), readSource))).toEqual([]);
});

test('a circle is found however long it is, with the imports that make it', () => {
  const sources: Record<string, string> = {
    'core/a/x.ts': `import { y } from '#core/b/y.ts';`,
    'core/b/y.ts': `export * from '../c/z.ts';`,
    'core/c/z.ts': `const x = () => import('#core/a/x.ts');`,
    'core/d/w.ts': `import { x } from '../a/x.ts';`,
  };
  const arrows = arrowsOf(Object.keys(sources), (file) => sources[file] ?? '');
  expect(circlesOf(arrows)).toEqual([
    'core/a/x.ts -> core/b/y.ts',
    'core/b/y.ts -> core/c/z.ts',
    'core/c/z.ts -> core/a/x.ts',
  ]);
});

test('a folder and one inside it are one room: they may use each other', () => {
  const sources: Record<string, string> = {
    'api/root.ts': `import { y } from './live/y.ts';`,
    'api/live/y.ts': `import { x } from '../problem.ts';`,
    'api/problem.ts': '',
  };
  expect(circlesOf(arrowsOf(Object.keys(sources), (file) => sources[file] ?? ''))).toEqual([]);
});

function productFiles(): string[] {
  const files = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).split('\n');
  return files.filter((file) => /\/.*\.(ts|tsx|mjs)$/.test(file) && !/\.(test|spec)\.tsx?$/.test(file));
}

const readSource = (file: string) => readFileSync(join(ROOT, file), 'utf8');

function arrowsOf(files: string[], read: (file: string) => string): Arrow[] {
  const known = new Set(files);
  return files.flatMap((file) =>
    [...read(file).matchAll(IMPORT)]
      .map(([, name = '']) => (name.startsWith('#') ? name.slice(1) : posix.join(posix.dirname(file), name)))
      .filter((target) => known.has(target) && areApart(posix.dirname(file), posix.dirname(target)))
      .map((target) => ({
        from: posix.dirname(file),
        to: posix.dirname(target),
        by: `${file} -> ${target}`,
      })),
  );
}

const areApart = (a: string, b: string) => !`${a}/`.startsWith(`${b}/`) && !`${b}/`.startsWith(`${a}/`);

/** The imports that are part of a circle: from the folder that they lead to, other imports lead back to their own. */
function circlesOf(arrows: Arrow[]): string[] {
  const reached = new Map<string, Set<string>>();
  const reach = (from: string): Set<string> => {
    const seen = reached.get(from) ?? new Set<string>();
    if (reached.has(from)) return seen;
    reached.set(from, seen);
    const waiting = [from];
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop())
      for (const arrow of arrows)
        if (arrow.from === folder && !seen.has(arrow.to)) {
          seen.add(arrow.to);
          waiting.push(arrow.to);
        }
    return seen;
  };
  return arrows.filter(({ from, to }) => reach(to).has(from)).map(({ by }) => by);
}
