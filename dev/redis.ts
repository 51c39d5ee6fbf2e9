import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { SECOND } from '#core/durations.ts';
import { LIST_NODE } from '#core/timelines/store-settings.ts';
import type { Log } from './log.ts';
import { newPassword, savedPassword, savePassword, writePrivate } from './passwords.ts';
import { pidFileOf, stopLeftover } from './pid-file.ts';
import { ask } from './ports.ts';
import { startProgram } from './program.ts';
import { redisBinary } from './redis-binary.ts';
import { onFreePort, type Server, untilReady } from './server.ts';

export type RedisRole = 'queue' | 'timelines';

export type RedisOptions = {
  role: RedisRole;
  /** Keeps its data in `<dataDir>/<role>`, its log and pid file beside it. */
  dataDir: string;
  /** Chosen when missing. */
  port?: number | undefined;
  /** Logical databases; tests take one each. */
  databases?: number;
  /** Megabytes that it may use; without it, as many as there are. */
  memoryMb?: number | undefined;
  /** Bytes that the timelines may take; half of the machine's memory when missing. */
  timelineMemory?: number | undefined;
  env?: NodeJS.ProcessEnv;
  /** Hears that timelines are being saved when it stops. Without it they are given up at the deadline of the stop. */
  saving?: Log | undefined;
};

/** Starts the Redis of one role, after stopping the one that a killed supervisor left on the same folder. */
export async function startRedis(options: RedisOptions): Promise<Server> {
  const { role, dataDir, port } = options;
  mkdirSync(join(dataDir, role), { recursive: true });
  await stopLeftover(pidFileOf(dataDir, role), PATIENCE, () => bytesSaved(join(dataDir, role)));
  removeHalfWritten(join(dataDir, role));
  const binary = redisBinary(options.env ?? process.env);
  const start = (on: number) => startOn(binary, on, options);
  return port ? start(port) : onFreePort(start);
}

async function startOn(
  binary: string,
  port: number,
  { role, dataDir, databases = 16, timelineMemory = HALF, memoryMb, saving }: RedisOptions,
): Promise<Server> {
  const logFile = join(dataDir, `${role}.log`);
  const password = requirePassword(role, dataDir);
  const running = startProgram({
    name: role,
    command: binary,
    args: [
      writeConfig({ role, dataDir, password }),
      ...toArgs({
        port,
        bind: '127.0.0.1',
        dir: join(dataDir, role),
        databases,
        ...COMMON,
        ...SETTINGS[role],
        ...(role === 'timelines' && { maxmemory: timelineMemory }),
        ...(memoryMb && { maxmemory: `${memoryMb}mb` }),
      }),
    ],
    output: { file: logFile },
    pidFile: pidFileOf(dataDir, role),
    saving:
      saving && role === 'timelines'
        ? { bytes: () => bytesSaved(join(dataDir, role)), log: saving }
        : undefined,
  });
  await untilReady(running, () => ping(port, password), logFile);
  if (role === 'timelines') forgetSnapshot(dataDir);
  return { ...running, port, url: `redis://:${password}@127.0.0.1:${port}/0` };
}

function requirePassword(role: RedisRole, dataDir: string): string {
  const saved = savedPassword(dataDir, role);
  if (saved !== undefined) return saved;
  const password = newPassword();
  savePassword(dataDir, role, password);
  return password;
}

/** The password goes into a file, because everybody can read the arguments of a process. */
function writeConfig({
  role,
  dataDir,
  password,
}: {
  role: RedisRole;
  dataDir: string;
  password: string;
}): string {
  const file = join(dataDir, 'passwords', `${role}.conf`);
  writePrivate(file, `requirepass ${password}\n`);
  return file;
}

/** Half of the memory that this process may have. In a container that is less than the machine's. */
const HALF = Math.floor(Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY) / 2);

const COMMON = {
  // Never evict: a full store must answer with an error that admission can see.
  'maxmemory-policy': 'noeviction',
  'stop-writes-on-bgsave-error': 'no',
};

const SETTINGS: Record<RedisRole, Record<string, string>> = {
  // A killed Redis loses no acknowledged message, except while its disk is busy with the last fsync. Then it may lose up
  // to 2 s of them, and the relay publishes these again. `appendfsync always` would lose none, and would triple the time
  // to the handler (2.5 to 8 ms).
  queue: { appendonly: 'yes', save: '' },
  // With an append-only file, each tweet of a celebrity would write a million entries to disk, and Postgres can give all
  // of that again. One snapshot at shutdown keeps the timelines warm. The save point of one year is never reached. It is
  // there because without one Redis writes no snapshot on SIGTERM. Without compression the snapshot is a third faster.
  timelines: {
    ...{ appendonly: 'no', save: '31536000 1', rdbcompression: 'no', rdbchecksum: 'no' },
    ...LIST_NODE,
  },
};

// A snapshot is right only after an orderly stop. If this Redis were killed and started again from an old snapshot, its
// timelines would look complete and lack what was pushed since. Without a snapshot they are cold, and are rebuilt by
// their owners' reads or by the workers.
function forgetSnapshot(dataDir: string) {
  rmSync(join(dataDir, 'timelines', 'dump.rdb'), { force: true });
}

/**
 * A Redis that is killed while it writes a file leaves what it has, gigabytes of timelines perhaps, and no later one
 * removes it.
 */
function removeHalfWritten(folder: string) {
  for (const name of halfWritten(folder)) rmSync(join(folder, name), { force: true });
}

const halfWritten = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith('temp-'));

/** The size of the snapshot that is being written, 0 while there is none. */
function bytesSaved(folder: string): number {
  const sizes = halfWritten(folder).map(
    (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const PATIENCE = 15 * SECOND; // for what a killed supervisor has left, beside the time in which it saves

async function ping(port: number, password: string) {
  const answer = await ask(port, `AUTH ${password}\r\nPING\r\n`);
  if (!answer.includes('+PONG')) throw new Error(answer.trim()); // -LOADING: still reading its data
}

function toArgs(settings: Record<string, string | number>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
}
