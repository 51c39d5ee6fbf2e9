import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ROOT } from '#dev/paths.ts';
import { type Crash, STEPS } from './journey.ts';
import { JOURNEYS } from './journeys.ts';

const file = join(ROOT, 'docs/figures/brokers.json');
const crashes = Object.values(JOURNEYS).flatMap(({ broker, stops }) =>
  STEPS.flatMap((step) => stops[step].crashes.map((crash) => ({ ...crash, at: `${broker}, ${step}` }))),
);

test('every step of every broker says what it does, and what it means as it is set up here', () => {
  for (const { broker, stops } of Object.values(JOURNEYS)) {
    for (const step of STEPS) {
      expect(stops[step].does, `${broker}, ${step}`).toMatch(/\.$/);
      expect(stops[step].crashes.some(({ ours }) => ours)).toBe(true);
    }
  }
});

test('nothing is lost or twice as it is set up here', () => {
  const bad = crashes.filter(({ ours, verdict }) => ours && (verdict === 'lost' || verdict === 'twice'));
  expect(bad).toEqual([]);
});

test.runIf(existsSync(file))('what is said to be measured is recorded, and says the same', () => {
  const { figures } = z
    .object({ figures: z.record(z.string(), z.number()) })
    .parse(JSON.parse(readFileSync(file, 'utf8')));
  const wrong = crashes.filter((crash) => crash.figure && !agrees(crash, figures[crash.figure.name]));
  expect(wrong).toEqual([]);
});

/** A `lost` or a `twice` counts at least one, a `fine` counts none. A time is longer than zero. */
function agrees({ verdict, figure }: Crash, value: number | undefined): boolean {
  if (value === undefined) return false;
  if (figure?.unit === 's') return value > 0;
  return verdict === 'fine' ? value === 0 : value > 0;
}
