import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordedBench } from '#app/recorded.ts';
import { ROOT } from '#dev/paths.ts';
import { listed } from '#lab/experiments/experiments.ts';
import { TOUR } from '../tour/steps.ts';
import { CHAPTER, STATEMENTS } from './chapter.ts';
import { effectsOf, part } from './statement.ts';

const MOST_WORDS = 60;
const wordsIn = (text: string) => text.split(/\s+/).length;

test('the chapter has 22 statements in five parts, each with a name of its own and a way to tick it', () => {
  expect(() => part.array().parse(CHAPTER)).not.toThrow();
  expect(CHAPTER).toHaveLength(5);
  expect(new Set(STATEMENTS.map(({ id }) => id)).size).toBe(22);
  for (const statement of STATEMENTS) expect(effectsOf(statement).length, statement.id).toBeGreaterThan(0);
});

test.each(STATEMENTS)('$id has at most 60 words, and no figure in them', ({ title, text }) => {
  expect(wordsIn(`${title} ${text}`)).toBeLessThanOrEqual(MOST_WORDS);
  expect(text.replaceAll(/\b(202|503)\b/g, '')).not.toMatch(/\d/);
});

test('every experiment that the chapter or the tour names is there', async () => {
  const known = (await listed()).map(({ id }) => id);
  const named = STATEMENTS.flatMap(({ experiments, more }) => [...experiments, ...more]);
  expect([...named, ...TOUR].filter((id) => !known.includes(id))).toEqual([]);
});

test('every recorded figure that a statement names is in the file of its bench', () => {
  for (const { id, recorded } of STATEMENTS) {
    if (!recorded) continue;
    const file = join(ROOT, 'docs/figures', `${recorded.bench}.json`);
    const { figures } = recordedBench.parse(JSON.parse(readFileSync(file, 'utf8')));
    for (const { figure } of recorded.figures)
      expect(figures[figure], `${id}: ${figure}`).toBeTypeOf('number');
  }
});
