import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresFolders } from './postgres-home.ts';

/** A data folder for servers of a test or a bench. `remove` it when they have stopped. */
export function openTempFolder(name: string): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), `tweet-fanout-${name}-`));
  chmodSync(dir, 0o711); // under root, PostgreSQL's user passes through it
  return {
    dir,
    remove: () => {
      for (const folder of [...postgresFolders(dir), dir]) rmSync(folder, { recursive: true, force: true });
    },
  };
}
