import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Writes down a process that was started, because children outlive a supervisor that was killed. A pid is given out again
 * later, so the file holds the pid and the time at which the process started. Together they name one process for good.
 * The file also holds the signal that asks the process to end.
 */
export function writePidFile(file: string, pid: number, signal: NodeJS.Signals = 'SIGTERM'): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${pid}\n${startTime(pid) ?? ''}\n${signal}\n`);
}

/** Where a data folder keeps the pid of a program. */
export const pidFileOf = (dataDir: string, name: string): string => join(dataDir, 'pids', name);

/** The pid in the file when that very process still runs. */
export function livePid(file: string): number | undefined {
  const [pid, started] = read(file);
  return started && startTime(Number(pid)) === started ? Number(pid) : undefined;
}

/**
 * Stops the process that the file names, if it still runs, and removes the file. True when there was one. While `saved`
 * changes, the deadline is put off.
 */
export async function stopLeftover(file: string, deadlineMs = 15_000, saved = () => 0): Promise<boolean> {
  const pid = livePid(file);
  let [end, before] = [performance.now() + deadlineMs, saved()];
  if (pid) {
    signalGroup(pid, read(file)[2] === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
    signalGroup(pid, 'SIGCONT'); // the lab may have frozen it
  }
  while (livePid(file)) {
    const now = saved();
    if (now !== before) [end, before] = [performance.now() + deadlineMs, now];
    if (performance.now() > end) signalGroup(Number(pid), 'SIGKILL');
    await sleep(25);
  }
  rmSync(file, { force: true });
  return pid !== undefined;
}

/** Stops everything that has a pid file in this folder. */
export async function stopLeftovers(folder: string): Promise<void> {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  await Promise.all(names.map((name) => stopLeftover(join(folder, name))));
}

/**
 * Ends at once everything that has a pid file in this folder. What it holds is lost. Postgres, which is the one that
 * SIGINT asks to end, gets a signal on which it removes its shared memory.
 */
export async function endLeftovers(folder: string): Promise<void> {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  await Promise.all(names.map((name) => endLeftover(join(folder, name))));
}

async function endLeftover(file: string): Promise<void> {
  const end = performance.now() + 2_000;
  for (let pid = livePid(file), told = false; pid !== undefined; pid = livePid(file)) {
    const isGentle = read(file)[2] === 'SIGINT' && performance.now() < end;
    if (!told || !isGentle) signalGroup(pid, isGentle ? 'SIGQUIT' : 'SIGKILL');
    told = true;
    await sleep(10);
  }
}

/** Signals the process and those that it started: `next dev` and `tsx watch` have children. It may be gone already. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch {
      // No such group (Windows has none): try the process alone.
    }
  }
}

function read(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function startTime(pid: number): string | undefined {
  return process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
}

// Reads field 22 of /proc/<pid>/stat, in clock ticks since boot, because slim images have no `ps`. The name in brackets
// may itself hold spaces and brackets. A zombie (state Z) has ended: it only waits for somebody to read its exit code.
function startTimeFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
