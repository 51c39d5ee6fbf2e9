import { readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const NICE = 10; // a ninth of the weight that an ordinary process has
const LOOK = 250; // ms; a process that has just started may take this long of an ordinary one's share

/**
 * Makes this process, and all that it starts, give way to others for as long as it lives. A low priority alone does not do that
 * on Linux: it gives every session a group, shares the processors among the groups, and weighs priorities only within one.
 * Programs that we start lead sessions of their own, and so does each connection of Postgres. So the groups get the priority
 * too, again and again, because there are new ones all the time.
 */
export function beGuest(): void {
  setPriority(NICE);
  lowerGroups(process.pid);
  setInterval(() => lowerGroups(process.pid), LOOK).unref();
}

/** Gives the groups of a process and its descendants the low priority. */
function lowerGroups(pid: number): void {
  lowerGroup(`/proc/${pid}/autogroup`);
  for (const child of childrenOf(pid)) lowerGroups(child);
}

function lowerGroup(file: string): void {
  if (!read(file).endsWith('nice 0\n')) return;
  try {
    writeFileSync(file, String(NICE));
  } catch {
    // It has ended. Or, for anybody but root, Linux does one a tenth of a second: the next look tries again.
  }
}

const childrenOf = (pid: number): number[] =>
  read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);

/** Empty when the process has ended, or the system has no such files. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
