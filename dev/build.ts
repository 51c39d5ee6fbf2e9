import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { logAs } from './log.ts';
import { ROOT } from './paths.ts';
import { type Running, startProgram } from './program.ts';
import { StartError } from './start-error.ts';

/** Everything that `next build` reads. Tests are left out: changing one is no reason to build. */
const SOURCES = [
  'api',
  'app',
  'broker',
  'core',
  'prisma/schema.prisma',
  'next.config.ts',
  'package-lock.json',
  'package.json',
  'postcss.config.mjs',
  'tsconfig.json',
];
const STAMP = join(ROOT, '.next', 'built-from');

/** True when `.next` is a finished build of the sources as they are now. */
export function isBuilt(): boolean {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint();
}

/** Starts `next build`; {@link finishBuild} waits for it. They are two so that Ctrl-C can stop the build. */
export function startBuild(env: NodeJS.ProcessEnv): Running {
  rmSync(STAMP, { force: true });
  return startProgram({
    name: 'build',
    command: process.execPath,
    args: ['node_modules/next/dist/bin/next', 'build'],
    cwd: ROOT,
    env: { ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    output: logAs('build'),
  });
}

/** Resolves when the build is done, and stores the fingerprint of its sources. */
export async function finishBuild(build: Running): Promise<void> {
  const { code } = await build.exited;
  if (code !== 0)
    throw new StartError('The build failed.', 'Its messages are above; `npm run check` says more.');
  writeFileSync(STAMP, fingerprint());
}

function fingerprint(): string {
  const hash = createHash('sha256').update(process.version);
  for (const file of SOURCES.flatMap((source) => filesOf(join(ROOT, source)))) {
    hash.update(`\0${relative(ROOT, file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  const files = readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
  return files.filter((file) => !/\.test\.tsx?$/.test(file));
}
