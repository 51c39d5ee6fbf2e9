import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

/**
 * Accepts the server's connections on further descriptors of its socket as well. libuv accepts one connection of each
 * descriptor in a turn of the event loop. When a flood begins, turns take 25 ms and 150 newcomers come a second. With one
 * descriptor the pages of ordinary readers took 356 ms in the median of its first 4 s and 766 ms at worst, with eight 30 and
 * 216 ms.
 */
export async function acceptMore(server: Server, fds: number[]): Promise<NetServer[]> {
  return Promise.all(fds.map((fd) => acceptOn(server, fd)));
}

function acceptOn(server: Server, fd: number): Promise<NetServer> {
  // The options are those that Node's HTTP server has for its own connections.
  const acceptor = new NetServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    server.emit('connection', socket),
  );
  return new Promise((resolve, reject) => {
    acceptor.once('error', reject).listen({ fd, backlog: BACKLOG }, () => resolve(acceptor));
  });
}

/** Connections that the system keeps until they are accepted. */
export const BACKLOG = 511;
