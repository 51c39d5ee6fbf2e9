import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { sumOf } from '#lab/harness/statistics.ts';

/*
 * What processes use, as Linux reports it under /proc. Each counts together with the processes that it started. On
 * systems without /proc everything is 0 or empty.
 */

/** A process by the name that the table shows. A child that is watched itself does not count for its parent. */
export type Watched = { name: string; pid: number };

/** Seconds of CPU by process, and of the whole machine. */
export type CpuUse = Map<string, number>;

const TICKS = 100; // in a second: the unit of /proc, whatever the kernel's own clock does

/** Everything on the machine that is not watched: other processes, and the kernel's own work. */
export const REST = 'everything else';

/** Reads how much CPU each has used since it started, in steps of 10 ms. See {@link cpuBetween}. */
export function readCpu(watched: Watched[]): CpuUse {
  if (!existsSync('/proc/self/stat')) return new Map();
  const parents = readParents();
  const apart = new Set(watched.map(({ pid }) => pid));
  const use = watched.map(
    ({ name, pid }) => [name, sumOf(familyOf(pid, parents, apart), ticksOf) / TICKS] as const,
  );
  const known = sumOf(use, ([, seconds]) => seconds);
  return new Map([...use, [REST, machineTicks() / TICKS - known]]);
}

/** What each used between two readings, in seconds. */
export function cpuBetween(before: CpuUse, after: CpuUse): CpuUse {
  return new Map([...after].map(([name, seconds]) => [name, seconds - (before.get(name) ?? 0)]));
}

/** Megabytes that a process and those that it started hold in memory now. */
export const memoryMb = (pid: number): number =>
  megabytes(sumOf(familyOf(pid, readParents()), (each) => field('status', 'VmRSS', each)));

/**
 * The same, but a page that several processes share counts as a part for each. Celery forks its slots, so counting
 * shared pages once for each slot would be wrong.
 */
export const sharedMemoryMb = (pid: number): number =>
  megabytes(sumOf(familyOf(pid, readParents()), (each) => field('smaps_rollup', 'Pss', each)));

const megabytes = (kilobytes: number) => Math.round(kilobytes / 1_024);

type Parents = Map<number, number>;

function readParents(): Parents {
  if (!existsSync('/proc')) return new Map();
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(pids.map((pid) => [Number(pid), statOf(Number(pid))[1] ?? 0]));
}

/** A process and its descendants, without those that are watched themselves. */
function familyOf(pid: number, parents: Parents, apart = new Set<number>()): number[] {
  const children = [...parents].filter(([child, parent]) => parent === pid && !apart.has(child));
  return [pid, ...children.flatMap(([child]) => familyOf(child, parents, apart))];
}

/** User and system time, also of children that have ended and were waited for. */
const ticksOf = (pid: number): number => sumOf(statOf(pid).slice(11, 15), (ticks) => ticks);

// The name in brackets may itself hold spaces and brackets. Fields after it: 3 state, 4 parent, …, 14 user time, 15 system
// time, 16 and 17 the same for children that have ended.
function statOf(pid: number): number[] {
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.map(Number);
}

const field = (file: string, name: string, pid: number): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(read(`/proc/${pid}/${file}`))?.[1] ?? 0);

// The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
function machineTicks(): number {
  const line = read('/proc/stat').split('\n', 1)[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number);
  return user + nice + system + irq + softirq;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has ended since the folder was read
  }
}
