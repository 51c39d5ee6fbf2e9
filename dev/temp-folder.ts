import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { livePid, stopLeftovers, writePidFile } from './pid-file.ts';
import { postgresFolders } from './postgres-home.ts';

const PREFIX = 'tweet-fanout-';

/** A data folder for servers of a test or a bench. `remove` it when they have stopped. */
export function openTempFolder(name: string): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), `${PREFIX}${name}-`));
  chmodSync(dir, 0o711); // under root, PostgreSQL's user passes through it
  writePidFile(ownerOf(dir), process.pid);
  return { dir, remove: () => remove(dir) };
}

/** Stops the servers of test runs that were killed, and removes their folders. */
export async function sweepTempFolders(): Promise<void> {
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
  const abandoned = names.map((name) => join(tmpdir(), name)).filter(isAbandoned);
  for (const dir of abandoned) {
    await stopLeftovers(join(dir, 'pids'));
    remove(dir);
  }
}

function isAbandoned(dir: string): boolean {
  const isOurs = lstatSync(dir, { throwIfNoEntry: false })?.uid === process.getuid?.();
  return isOurs && existsSync(ownerOf(dir)) && livePid(ownerOf(dir)) === undefined;
}

function ownerOf(dir: string): string {
  return join(dir, 'owner');
}

function remove(dir: string) {
  for (const folder of [...postgresFolders(dir), dir]) rmSync(folder, { recursive: true, force: true });
}
