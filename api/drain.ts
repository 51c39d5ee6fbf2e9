import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Web } from '#api/root.ts';
import { SECOND } from '#core/durations.ts';

// Together less than the 2.4 s after which the supervisor kills a web process that has its socket.
const ANSWERS = SECOND; // for requests that are being answered
const BEHIND = 500; // ms for work that goes on after answers
/** A kept-alive connection may bring one more request, whose answer tells the client to close it. */
const IDLE = 700; // ms; a client on a busy machine may take half a second to send what it has begun

/** The server, and what accepts connections for it besides itself. */
type Listening = { server: Server; acceptors?: NetServer[] };

/** Whether a process has been told to end. /readyz says so. */
export class Leaving {
  #hasBegun = false;

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  begin(): void {
    this.#hasBegun = true;
  }
}

/**
 * Ends a web process without refusing anything: it takes no new connection (its supervisor's socket keeps those
 * waiting for the next process), asks the streams to come back, answers what it has begun, and tells each
 * connection that is kept alive to close. Whatever does not end in time is cut off.
 *
 * A process that listens itself has nobody who keeps connections waiting. It says on /readyz that it leaves, and goes on as
 * before for `noticeMs`, until its balancer has noticed. Only then do its streams end: they would come back to it.
 */
export async function drain({ server, acceptors = [] }: Listening, web: Web, noticeMs = 0): Promise<void> {
  web.leaving.begin();
  server.prependListener('request', (_incoming: IncomingMessage, outgoing: ServerResponse) => {
    outgoing.setHeader('Connection', 'close');
  });
  if (noticeMs > 0) await wait(noticeMs);
  // Not `server.close`, which cuts connections that are idle in this moment: a request may be on its way in them.
  const closed = Promise.all([server, ...acceptors].map(closeListener));
  web.streams.endAll();
  // setImmediate: on a busy machine this timer comes late, and before the requests that have arrived meanwhile are read.
  const idle = setTimeout(() => setImmediate(() => server.closeIdleConnections()), IDLE);
  const late = setTimeout(() => server.closeAllConnections(), ANSWERS);
  await closed;
  clearTimeout(idle);
  clearTimeout(late);
  await web.close(BEHIND);
}

function closeListener(listener: NetServer): Promise<void> {
  return new Promise((resolve) => NetServer.prototype.close.call(listener, () => resolve()));
}
