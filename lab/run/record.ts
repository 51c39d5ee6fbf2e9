import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '#dev/paths.ts';
import { mapValues } from './map-values.ts';
import type { Measured } from './run-bench.ts';
import { round, spread } from './statistics.ts';

/** Keeps what was measured in docs/figures, with the machine and the date: `<name>.json`, and its drawing beside it. */
export function record(name: string, sizes: Record<string, number>, measured: Measured): void {
  const folder = join(ROOT, 'docs/figures');
  const { machine, runs, figures, drawing } = measured;
  const kept = {
    bench: name,
    recordedAt: new Date().toISOString(),
    machine,
    sizes,
    runs: mapValues(runs, spread),
    figures: mapValues(figures, round),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(kept, null, 2)}\n`);
  if (drawing) writeFileSync(join(folder, `${name}.svg`), drawing);
}
