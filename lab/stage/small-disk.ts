import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import type { Cleanup } from '#lab/harness/cleanup.ts';

/** A disk of its own for the files of one server. */
export type SmallDisk = {
  /** Leaves no room beside what is there. */
  fill(): void;
  /** Gives the room back. */
  clear(): void;
};

const SIZE = 2 * 1024 ** 3; // bytes. The disk is in memory, where an unused part takes none

/** Mounts a disk at a folder that a server is about to use. Null where this process may not mount. */
export function mountSmallDisk(folder: string, onEnd: Cleanup['add']): SmallDisk | null {
  mkdirSync(folder, { recursive: true });
  if (!mount(['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', folder])) return null;
  onEnd(() => void spawnSync('umount', [folder]));
  return { fill: () => shrink(folder), clear: () => resize(folder, SIZE) || cannot(folder) };
}

/** The same for a folder that has files already. They move onto the disk, with their owners and rights. */
export function moveToSmallDisk(folder: string, onEnd: Cleanup['add']): SmallDisk | null {
  const before = `${folder}.before`;
  renameSync(folder, before);
  const disk = mountSmallDisk(folder, onEnd);
  const { status, stderr } = spawnSync('cp', ['-a', `${before}/.`, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Expected to move the files of ${folder}: ${stderr}`);
  rmSync(before, { recursive: true });
  return disk;
}

const TRIES = 100; // the server goes on writing between a look at what is used and the new size

function shrink(folder: string): void {
  for (let n = 0; n < TRIES; n++) {
    const { blocks, bfree, bsize } = statfsSync(folder);
    if (resize(folder, (blocks - bfree) * bsize)) return;
  }
  cannot(folder);
}

const resize = (folder: string, size: number) => mount(['-o', `remount,size=${size}`, folder]);

const mount = (args: string[]): boolean => spawnSync('mount', args).status === 0;

function cannot(folder: string): never {
  throw new Error(`Expected to change the size of the disk at ${folder}, and mount refused`);
}
