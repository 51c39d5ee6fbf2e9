import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { openTempFolder } from '#dev/temp-folder.ts';
import { findChromium } from './chromium.ts';

afterEach(() => vi.unstubAllEnvs());

it('unpacks its own, anew if half of it is there, and runs none that somebody has left among temporary files', async () => {
  const [temporary, own] = [openTempFolder('chromium-of-others'), openTempFolder('chromium')];
  onTestFinished(() => {
    for (const folder of [temporary, own]) folder.remove();
  });
  mkdirSync(join(temporary.dir, 'chromium'));
  writeFileSync(join(own.dir, 'chromium'), 'half of it', { mode: 0o700 });
  vi.stubEnv('PATH', '');
  vi.stubEnv('CHROMIUM_PATH', '');
  vi.stubEnv('PLAYWRIGHT_BROWSERS_PATH', temporary.dir); // has none
  vi.stubEnv('TMPDIR', temporary.dir);
  const { path, env } = await findChromium(process.env, own.dir);
  expect(path).toBe(join(own.dir, 'chromium'));
  expect(env.TMPDIR).toBe(temporary.dir);
  expect(String(execFileSync(path, ['--version'], { env }))).toMatch(/Chromium/);
});
