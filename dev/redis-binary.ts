import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { StartError } from './start-error.ts';

const HOMEBREW = ['/opt/homebrew/bin', '/usr/local/bin'];

/**
 * A redis-server that runs here: the one from npm (Linux x64, glibc 2.38 or newer), else Redis or Valkey of the
 * system. Throws {@link StartError} with the commands that install one.
 */
export function redisBinary(env: NodeJS.ProcessEnv): string {
  const found = candidates(env).find(runs);
  if (found) return found;
  throw new StartError(
    `No Redis server that runs on this system (${process.platform} ${process.arch}).`,
    'Install one: `apt install redis-server` (Debian, Ubuntu), `dnf install valkey` (Fedora), `brew install redis` (macOS).\n' +
      'Or name servers that run already: QUEUE_REDIS_URL=redis://… TIMELINE_REDIS_URL=redis://… npm start',
  );
}

function candidates(env: NodeJS.ProcessEnv): string[] {
  const folders = [...(env.PATH ?? '').split(delimiter), ...HOMEBREW];
  const system = folders.flatMap((dir) => [join(dir, 'redis-server'), join(dir, 'valkey-server')]);
  return [...fromNpm(), ...system];
}

function fromNpm(): string[] {
  try {
    const manifest = createRequire(import.meta.url).resolve('@falkordblite/linux-x64/package.json');
    return [join(dirname(manifest), 'bin', 'redis-server')];
  } catch {
    return []; // an optional package: not there on other platforms
  }
}

// It is not enough that the file is there: on an older glibc the loader refuses it.
function runs(binary: string): boolean {
  return spawnSync(binary, ['--version'], { stdio: 'ignore' }).status === 0;
}
