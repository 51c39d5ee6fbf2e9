import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { MINUTE } from '#core/durations.ts';
import { ask, freePort, until } from './ports.ts';
import type { Running } from './program.ts';
import { StartError } from './start-error.ts';

/** A server that answers. Start another with the same folder and `port` to bring it back after a kill. */
export type Server = Running & { url: string; port: number };

/**
 * Calls `start` with a free port. If another program takes that port before `start` does, a second one is tried; after
 * any other failure it is not.
 */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  const port = await freePort();
  try {
    return await start(port);
  } catch (error) {
    const isTaken = await ask(port, '\n').then(
      () => true,
      (failure: NodeJS.ErrnoException) => failure.code !== 'ECONNREFUSED',
    );
    if (!isTaken) throw error;
    return start(await freePort());
  }
}

const PATIENCE = 2 * MINUTE; // three nodes of RabbitMQ that give way to a busy machine took more than one

/** Waits for the first sign of life; throws with the end of its log when the program ends before that. */
export async function untilReady(
  running: Running,
  ready: () => Promise<unknown>,
  logFile: string,
): Promise<void> {
  const ended = new AbortController();
  void running.exited.then(() => ended.abort());
  try {
    await until(ready, PATIENCE, ended.signal);
  } catch (cause) {
    running.kill();
    throw new StartError(
      `${running.name} did not start. The end of ${logFile}:\n${tail(logFile)}`,
      'If its data is damaged, `npm run reset` empties it.',
      { cause },
    );
  }
}

/** The last few kilobytes of a file, whole lines. */
function tail(file: string, bytes = 2_000): string {
  if (!existsSync(file)) return '(empty)';
  const fd = openSync(file, 'r');
  const from = Math.max(0, fstatSync(fd).size - bytes);
  const buffer = Buffer.alloc(bytes);
  const length = readSync(fd, buffer, 0, bytes, from);
  closeSync(fd);
  const text = buffer.toString('utf8', 0, length);
  return from > 0 ? text.slice(text.indexOf('\n') + 1) : text;
}
