import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openTempFolder } from '#dev/temp-folder.ts';
import { readConfig } from './config.ts';

const folder = openTempFolder('secret-files');
afterAll(() => folder.remove());

const fileWith = (text: string) => {
  const file = join(folder.dir, crypto.randomUUID());
  writeFileSync(file, text);
  chmodSync(file, 0o600);
  return file;
};
const read = (env: Record<string, string>) =>
  readConfig(z.object({}), { TIMELINE_REDIS_URL: 'redis://x', ...env });

it('reads a secret from a file, without the line break at its end', () => {
  const config = read({
    DATABASE_URL_FILE: fileWith('postgres://me:hunter2@x/y\n'),
    SESSION_SECRET_FILE: fileWith('a secret of at least sixteen'),
  });
  expect(config.DATABASE_URL).toBe('postgres://me:hunter2@x/y');
  expect(config.SESSION_SECRET).toBe('a secret of at least sixteen');
});

it('names the file that cannot be read, a secret that is given twice, and what is wrong in a file, never what it holds', () => {
  const wrong = () =>
    read({
      ...{ DATABASE_URL: 'postgres://x', DATABASE_URL_FILE: fileWith('postgres://y') },
      ...{ SESSION_SECRET_FILE: fileWith('hunter2'), METRICS_TOKEN_FILE: '/nowhere/at/all' },
    });
  expect(wrong).toThrow(/DATABASE_URL_FILE: Expected either this or DATABASE_URL, got both/);
  expect(wrong).toThrow(/METRICS_TOKEN_FILE: Expected a file that can be read, got "\/nowhere\/at\/all"/);
  expect(wrong).toThrow(/SESSION_SECRET: Expected 16 to 10000 characters, got 7/);
  expect(wrong).not.toThrow(/hunter2/);
});
