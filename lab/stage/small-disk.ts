import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Cleanup } from '#lab/harness/cleanup.ts';

/** A disk of its own for the files of one server. */
export type SmallDisk = {
  /** Fills it up. */
  fill(): void;
  /** Gives the room back. */
  clear(): void;
};

const MB = 1024 * 1024;
const SIZE = 256 * MB; // it is in memory; an unused part takes none

/** Mounts a disk at a folder that a server is about to use. Null where this process may not mount. */
export function mountSmallDisk(folder: string, onEnd: Cleanup['add']): SmallDisk | null {
  mkdirSync(folder, { recursive: true });
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder]);
  if (status !== 0) return null;
  onEnd(() => void spawnSync('umount', [folder]));
  const filling = join(folder, 'filling');
  return { fill: () => fill(filling), clear: () => rmSync(filling, { force: true }) };
}

/** Writes until nothing fits any more. */
function fill(file: string): void {
  const piece = Buffer.alloc(MB);
  const open = openSync(file, 'w');
  try {
    for (let size = 0; size < SIZE; size += writeSync(open, piece));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(open);
  }
}
