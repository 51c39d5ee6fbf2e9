import net from 'node:net';
import { isFree } from './ports.ts';
import { StartError } from './start-error.ts';

/** Node's own handle of a socket that is bound to an address. */
type Handle = { close(): void };

/**
 * A port that this process holds and its children answer. `stdio` hands it to a child, which listens on that
 * descriptor.
 */
export type ListeningSocket = { port: number; handle: Handle; close(): void };

/** How many descriptors of it a child gets, from 3 on. Why it takes more than one is said in api/acceptors.ts. */
export const DESCRIPTORS = 8;

/**
 * Binds a port without accepting connections. Node documents no way to do so, but `node:cluster` shares ports with the
 * same function. A connection that comes between two web processes, while no child accepts, is not refused: it waits in
 * the socket's queue.
 */
const bind = Reflect.get(net, '_createServerHandle') as (
  address: string,
  port: number,
  addressType: 4,
) => Handle | number;

/**
 * Takes the wanted port of 127.0.0.1, or the first free one of the next twenty. Throws {@link StartError} when all are
 * taken.
 */
export async function takePort(wanted: number): Promise<ListeningSocket> {
  const last = Math.min(wanted + 20, 65_535);
  for (let port = wanted; port <= last; port++) {
    const handle = (await isFree(port)) ? bind('127.0.0.1', port, 4) : undefined;
    if (typeof handle === 'object') return { port, handle, close: () => handle.close() };
  }
  throw new StartError(
    `The ports ${wanted} to ${last} are all taken.`,
    'Choose another with PORT=… npm start',
  );
}
