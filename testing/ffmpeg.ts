import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '#dev/paths.ts';

const browsers = z.object({ browsers: z.array(z.object({ name: z.string(), revision: z.string() })) });

/**
 * Puts an ffmpeg where Playwright looks for its own download, and returns the folder for PLAYWRIGHT_BROWSERS_PATH.
 * Returns undefined when there is no ffmpeg. Linux only: elsewhere `npx playwright install ffmpeg` does it.
 */
export function layFfmpeg(env: NodeJS.ProcessEnv): string | undefined {
  const ffmpeg = [fromNpm(), ...onPath(env)].find((path) => path && existsSync(path));
  if (process.platform !== 'linux' || !ffmpeg) return undefined;
  const root = join(ROOT, 'node_modules/.cache/tweet-fanout/playwright');
  const folder = join(root, `ffmpeg-${revision()}`);
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, 'ffmpeg-linux'), { force: true });
  symlinkSync(ffmpeg, join(folder, 'ffmpeg-linux'));
  writeFileSync(join(folder, 'INSTALLATION_COMPLETE'), '');
  return root;
}

function fromNpm(): string | undefined {
  try {
    const path = createRequire(import.meta.url).resolve('@ffmpeg-installer/linux-x64/ffmpeg');
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined; // an optional package, whose install script makes it executable
  }
}

function onPath({ PATH = '' }: NodeJS.ProcessEnv): string[] {
  return PATH.split(delimiter).map((folder) => join(folder, 'ffmpeg'));
}

function revision(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('@playwright/test/package.json'));
  const list = join(dirname(require.resolve('playwright-core/package.json')), 'browsers.json');
  const found = browsers.parse(JSON.parse(readFileSync(list, 'utf8'))).browsers;
  return found.find(({ name }) => name === 'ffmpeg')?.revision ?? '';
}
