import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { DESCRIPTORS, type ListeningSocket } from './listening-socket.ts';
import type { Log } from './log.ts';
import { livePid, signalGroup, writePidFile } from './pid-file.ts';
import { killOnceStuck, type Saving } from './saving.ts';
import { StartError } from './start-error.ts';

export type Program = {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Run as somebody else; only root can. */
  user?: { uid: number; gid: number } | undefined;
  /** Its output: every line to a log, to the end of a file, or straight to our terminal. */
  output: Log | { file: string } | 'terminal';
  /** Written while it runs, for the next start to find it if this process is killed. */
  pidFile?: string;
  /** The signal that asks it to end; SIGTERM by default. */
  stopSignal?: NodeJS.Signals;
  /** What it saves at its end. It gets all the time that this takes, whatever the deadline of a stop is. */
  saving?: Saving | undefined;
  /** Becomes its descriptors from 3 on. Such a program sends the message `ready` when it accepts connections there. */
  socket?: ListeningSocket;
  /** Hears what it sends over Node's channel, and may reply to that very process. */
  messages?: (message: unknown, reply: (message: object) => void) => void;
};

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type Running = {
  name: string;
  pid: number;
  /** Resolves when it has ended, for whatever reason. Never rejects. */
  exited: Promise<Exit>;
  /** Resolves when it accepts on its socket; at once without a socket; never when it ends before. */
  ready: Promise<void>;
  /** Asks it to end and kills it at the deadline, or once it is stuck in saving. May be called twice, and when it has ended already. */
  stop(deadlineMs: number): Promise<Exit>;
  kill(): void;
  /** Stops it in the middle of its work, until `thaw`. Nothing happens when it has ended. */
  freeze(): void;
  thaw(): void;
  /** Sends it a message. One that has ended, or has no channel, does not get it. */
  send(message: object): void;
};

/**
 * Starts a program as the leader of its own process group. A Ctrl-C in the terminal then reaches the supervisor alone,
 * which decides the order of stopping. Throws {@link StartError} when there is no such program.
 */
export function startProgram(program: Program): Running {
  const output = openOutput(program.output);
  const child = spawn(program.command, program.args, {
    ...program.user,
    cwd: program.cwd,
    env: program.env,
    detached: true,
    stdio: [
      'ignore',
      output.fd,
      output.fd,
      ...(program.socket ? new Array(DESCRIPTORS).fill(program.socket.handle) : []),
      ...(program.socket || program.messages ? ['ipc' as const] : []),
    ],
  });
  output.attach(child);
  const exited = waitForExit(child);
  if (child.pid === undefined) {
    throw new StartError(`${program.command} could not be started.`, 'Is it there, and may you run it?');
  }
  // It may end or hang between the check and the sending. Then nobody hears the message.
  const send = (message: object) => void (child.connected && child.send(message, () => {}));
  if (program.messages) child.on('message', (message) => program.messages?.(message, send));
  return { ...keepTrack(program, child.pid, exited), ready: waitUntilReady(program, child), send };
}

function waitUntilReady({ socket }: Program, child: ChildProcess): Promise<void> {
  if (!socket) return Promise.resolve();
  return new Promise((resolve) =>
    child.on('message', (message) => {
      if (message === 'ready') resolve();
    }),
  );
}

/** `code 1` or `SIGKILL` */
export function describeExit({ code, signal }: Exit): string {
  return signal ?? `code ${code}`;
}

function keepTrack(program: Program, pid: number, exited: Promise<Exit>) {
  const { name, pidFile, saving, stopSignal = 'SIGTERM' } = program;
  if (pidFile) writePidFile(pidFile, pid, stopSignal);
  track(pid);
  let ended = false;
  void exited.then(() => {
    ended = true;
    living.delete(pid);
    // A new process may have taken its place, and its file, already.
    if (pidFile && livePid(pidFile) === undefined) rmSync(pidFile, { force: true });
  });
  const signal = (what: NodeJS.Signals) => {
    if (!ended) signalGroup(pid, what);
  };
  return {
    name,
    pid,
    exited,
    kill: () => signal('SIGKILL'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    stop: async (deadlineMs: number) => {
      signal(stopSignal);
      signal('SIGCONT'); // a frozen process gets the signal to end only after this
      const kill = () => signal('SIGKILL');
      return exited.finally(saving && !ended ? killOnceStuck(saving, kill) : killAt(deadlineMs, kill));
    },
  };
}

function killAt(deadlineMs: number, kill: () => void): () => void {
  const timer = setTimeout(kill, deadlineMs);
  return () => clearTimeout(timer);
}

function waitForExit(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

function openOutput(output: Program['output']) {
  if (typeof output === 'function')
    return { fd: 'pipe' as const, attach: (child: ChildProcess) => readLines(child, output) };
  if (output === 'terminal') return { fd: 'inherit' as const, attach: () => {} };
  mkdirSync(dirname(output.file), { recursive: true });
  putAside(output.file);
  const fd = openSync(output.file, 'a');
  return { fd, attach: () => closeSync(fd) };
}

const LARGE = 10 * 1024 ** 2; // bytes: more than anybody reads

/** Begins a large file anew. The one before stays, in place of the one before that. */
function putAside(file: string) {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LARGE) renameSync(file, `${file}.old`);
}

function readLines(child: ChildProcess, log: Log) {
  for (const input of [child.stdout, child.stderr]) {
    if (input) createInterface({ input }).on('line', log);
  }
}

// The process groups that were started and not stopped. They end with this process, also when it ends by an exception
// or in the middle of a start.
const living = new Set<number>();

function track(pid: number) {
  if (living.size === 0 && !process.listeners('exit').includes(killLiving)) process.on('exit', killLiving);
  living.add(pid);
}

function killLiving() {
  for (const pid of living) signalGroup(pid, 'SIGKILL');
}
