import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Web } from '#api/root.ts';
import { SECOND } from '#core/durations.ts';

// Together less than the 2.4 s after which the supervisor kills a web process.
const ANSWERS = SECOND; // for requests that are being answered
const BEHIND = 500; // ms for work that goes on after answers
/** A kept-alive connection may bring one more request, whose answer tells the client to close it. */
const IDLE = 300; // ms

/**
 * Ends a web process without refusing anything: it takes no new connection (its supervisor's socket keeps those
 * waiting for the next process), asks the streams to come back, answers what it has begun, and tells each
 * connection that is kept alive to close. Whatever does not end in time is cut off.
 */
export async function drain(server: Server, web: Web): Promise<void> {
  server.prependListener('request', (_incoming: IncomingMessage, outgoing: ServerResponse) => {
    outgoing.setHeader('Connection', 'close');
  });
  // Not `server.close`, which cuts connections that are idle in this moment: a request may be on its way in them.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  web.streams.endAll();
  // setImmediate: on a busy machine this timer comes late, and before the requests that have arrived meanwhile are read.
  const idle = setTimeout(() => setImmediate(() => server.closeIdleConnections()), IDLE);
  const late = setTimeout(() => server.closeAllConnections(), ANSWERS);
  await closed;
  clearTimeout(idle);
  clearTimeout(late);
  await web.close(BEHIND);
}
