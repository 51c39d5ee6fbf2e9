import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A process by the name that the table shows. Those that it started count as it, if they are not watched themselves. */
export type Watched = { name: string; pid: number };

const TICKS = 100; // a second: what Linux counts in /proc, whatever its own clock does

/** Seconds of CPU that each process has used since it started, and the whole machine. */
export type CpuUse = Map<string, number>;

/** Everything that runs on the machine and is not watched: others, and the kernel's own work. */
const REST = 'everything else';

/**
 * Reads how much CPU each of them has used. Take two and subtract, see {@link cpuBetween}. Steps of 10 ms; empty on
 * systems without /proc.
 */
export function readCpu(watched: Watched[]): CpuUse {
  if (!existsSync('/proc/self/stat')) return new Map();
  const stats = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readStat(name) : []));
  const apart = new Set(watched.map(({ pid }) => pid));
  const use = watched.map(({ name, pid }) => [name, treeTicks(stats, pid, apart) / TICKS] as const);
  const known = use.reduce((sum, [, seconds]) => sum + seconds, 0);
  return new Map([...use, [REST, machineTicks() / TICKS - known]]);
}

/** What each used between two readings, in seconds. */
export function cpuBetween(before: CpuUse, after: CpuUse): CpuUse {
  return new Map([...after].map(([name, seconds]) => [name, seconds - (before.get(name) ?? 0)]));
}

type Stat = { pid: number; parent: number; ticks: number; reaped: number };

// The name in brackets may hold spaces and brackets itself. Then, from field 3: state, parent, … 14 user, 15 system
// time, 16 and 17 the same of children that have ended and were waited for.
function readStat(pid: string): Stat[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
    return [{ pid: Number(pid), parent, ticks: user + system, reaped: childUser + childSystem }];
  } catch {
    return []; // it has ended since the folder was read
  }
}

function treeTicks(stats: Stat[], pid: number, apart: Set<number>): number {
  const own = stats.find((stat) => stat.pid === pid);
  const children = stats.filter((stat) => stat.parent === pid && !apart.has(stat.pid));
  const ticks = own ? own.ticks + own.reaped : 0;
  return children.reduce((sum, child) => sum + treeTicks(stats, child.pid, apart), ticks);
}

// The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
function machineTicks(): number {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number);
  return user + nice + system + irq + softirq;
}
