import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '#dev/paths.ts';
import { StartError } from '#dev/start-error.ts';

/** The files of a commit in a folder of their own. */
export type CheckedOut = { dir: string; commit: string; subject: string; sameLock: boolean };

/** Writes the files of a commit into a folder; the repository stays as it is. */
export function checkOut(ref: string, dir: string): CheckedOut {
  mkdirSync(dir, { recursive: true });
  const [commit = '', subject = ''] = git(['log', '-1', '--format=%h%n%s', ref]).toString().split('\n');
  execFileSync('tar', ['-x', '-C', dir], { input: git(['archive', '--format=tar', commit]) });
  const lock = (root: string) => readFileSync(join(root, 'package-lock.json'), 'utf8');
  return { dir, commit, subject, sameLock: lock(dir) === lock(ROOT) };
}

/** Links the packages of this code, even if the commit has others, and generates the commit's Prisma client. */
export function borrowPackages({ dir }: CheckedOut): void {
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  execFileSync(process.execPath, ['node_modules/prisma/build/index.js', 'generate'], {
    cwd: dir,
    stdio: 'pipe',
  });
}

/**
 * Gives a commit with the same lock file its own copy of the packages, by hard links. That takes a second, and an
 * install takes much longer. Any other commit installs its packages at its first start. So does this one where links
 * cannot be made.
 */
export function copyPackages({ dir, sameLock }: CheckedOut): void {
  if (!sameLock) return;
  const copy = join(dir, 'node_modules');
  try {
    execFileSync('cp', ['-al', join(ROOT, 'node_modules'), copy], { stdio: 'pipe' });
    rmSync(join(copy, '.cache'), { recursive: true, force: true }); // its files are written in place: both would change
  } catch {
    rmSync(copy, { recursive: true, force: true }); // another file system
  }
}

const LARGEST = 256 * 1024 * 1024; // bytes of an archive

function git(args: string[]): Buffer {
  try {
    return execFileSync('git', args, { cwd: ROOT, maxBuffer: LARGEST, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (cause) {
    const error = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(error, 'Expected a commit of this clone, with its history.', { cause });
  }
}
