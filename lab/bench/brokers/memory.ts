import { readdirSync, readFileSync } from 'node:fs';

/** Megabytes that a process and those that it started hold in memory now; needs /proc. */
export function memoryMb(pid: number): number {
  const processes = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? read(name) : []));
  return Math.round(treeKb(processes, pid) / 1_024);
}

type Status = { pid: number; parent: number; kb: number };

function read(pid: string): Status[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return [{ pid: Number(pid), parent: field('PPid'), kb: field('VmRSS') }];
  } catch {
    return []; // it has ended since the folder was read
  }
}

function treeKb(processes: Status[], pid: number): number {
  const own = processes.find((each) => each.pid === pid)?.kb ?? 0;
  const children = processes.filter(({ parent }) => parent === pid);
  return children.reduce((sum, child) => sum + treeKb(processes, child.pid), own);
}
