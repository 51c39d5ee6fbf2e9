import { existsSync, readdirSync, readFileSync } from 'node:fs';

/**
 * Megabytes of a process and those that it started, each page that several share counted in parts: Celery forks its
 * slots, and counting what they share once for each would do it wrong. 0 on systems without /proc.
 */
export function sharedMemoryMb(pid: number): number {
  if (!existsSync('/proc/self/smaps_rollup')) return 0;
  return Math.round(treeOf(pid).reduce((sum, each) => sum + proportionalKb(each), 0) / 1_024);
}

function treeOf(pid: number): number[] {
  const parents = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? parentOf(Number(name)) : []));
  const children = (of: number): number[] =>
    parents.filter(({ parent }) => parent === of).flatMap((child) => [child.pid, ...children(child.pid)]);
  return [pid, ...children(pid)];
}

function parentOf(pid: number): { pid: number; parent: number }[] {
  const parent = /^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1];
  return parent ? [{ pid, parent: Number(parent) }] : [];
}

const proportionalKb = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended since the folder was read
  }
}
