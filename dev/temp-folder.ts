import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endLeftovers, livePid, writePidFile } from './pid-file.ts';
import { postgresFolders } from './postgres-home.ts';

const PREFIX = 'tweet-fanout-';

/** A data folder for servers of a test or a bench. `remove` it when they have stopped. */
export function openTempFolder(name: string): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), `${PREFIX}${name}-`));
  chmodSync(dir, 0o711); // under root, PostgreSQL's user passes through it
  writePidFile(ownerOf(dir), process.pid);
  return { dir, remove: () => remove(dir) };
}

/** Throws away what test runs and stages that were killed have left. */
export async function sweepTempFolders(): Promise<void> {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
  const abandoned = names.map((name) => join(tmpdir(), name)).filter(isAbandoned);
  for (const dir of abandoned) await throwAway(dir);
}

/** Ends everything that runs on a folder, and on the folders in it, at once, and removes it. May be called twice. */
export async function throwAway(dir: string): Promise<void> {
  const inside = existsSync(dir) ? readdirSync(dir, { withFileTypes: true }) : [];
  const folders = inside.filter((entry) => entry.isDirectory()).map(({ name }) => join(dir, name));
  for (const folder of [dir, ...folders]) await endLeftovers(join(folder, 'pids'));
  remove(dir);
}

function isAbandoned(dir: string): boolean {
  const isOurs = lstatSync(dir, { throwIfNoEntry: false })?.uid === process.getuid?.();
  return isOurs && existsSync(ownerOf(dir)) && livePid(ownerOf(dir)) === undefined;
}

function ownerOf(dir: string): string {
  return join(dir, 'owner');
}

/** A child of a killed server may still write a file while the folder is being removed, so removing is tried again. */
const REMOVE = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 };

function remove(dir: string) {
  unmountInside(dir);
  for (const folder of [...postgresFolders(dir), dir]) rmSync(folder, REMOVE);
}

const MOUNTS = '/proc/self/mounts';

/** A disk that was mounted for a server outlives its process, and must be unmounted before its folder is removed. */
function unmountInside(dir: string): void {
  if (!existsSync(MOUNTS)) return;
  const places = readFileSync(MOUNTS, 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const place of places)
    if (place.startsWith(`${dir}/`)) spawnSync('umount', ['-l', place], { stdio: 'ignore' });
}
