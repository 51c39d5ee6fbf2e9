import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { SecuredResponse } from '#api/security-headers.ts';

/** A request that asks to go on by a WebSocket, and what has arrived behind it. */
export type Upgrade = { incoming: IncomingMessage; outgoing: ServerResponse; socket: Socket; head: Buffer };

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** What a request that asks for a WebSocket came with; undefined for any other. */
export const upgradeOf = (incoming: IncomingMessage): Upgrade | undefined => upgrades.get(incoming);

/**
 * Lets a request for an upgrade be answered like any other, by the same code, and with the same refusals. An endpoint that
 * knows WebSockets finds it by {@link upgradeOf}. After any other answer the connection is closed, also for a client that
 * keeps its own end open: Node has forgotten the connection, and no timeout of the server would ever end it.
 */
export function answerUpgrade(
  answer: RequestListener,
  { incoming, socket, head }: Omit<Upgrade, 'outgoing'>,
): void {
  const outgoing = new SecuredResponse(incoming);
  outgoing.shouldKeepAlive = false;
  outgoing.assignSocket(socket);
  outgoing.once('finish', () => socket.destroySoon());
  socket.on('error', () => socket.destroy());
  upgrades.set(incoming, { incoming, outgoing, socket, head });
  answer(incoming, outgoing);
}

/**
 * Begins the connection anew with the same request, but without its wish for an upgrade. As soon as somebody listens for
 * upgrades, Node hands over the connection of every such request, with its body unread. But most only offer HTTP/2 that way
 * (`Upgrade: h2c`), and expect an answer by HTTP/1.1.
 */
export function ignoreUpgrade(server: Server, { incoming, socket, head }: Omit<Upgrade, 'outgoing'>): void {
  const lines = [`${incoming.method} ${incoming.url} HTTP/${incoming.httpVersion}`];
  for (let n = 0; n + 1 < incoming.rawHeaders.length; n += 2) {
    const [name = '', value = ''] = incoming.rawHeaders.slice(n, n + 2);
    if (!WISH.test(name)) lines.push(`${name}: ${value}`);
  }
  socket.unshift(head);
  socket.unshift(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  server.emit('connection', socket);
}

const WISH = /^(?:upgrade|http2-settings)$/i;

/** The longest message of a client that is read: it only names what it wants to listen to. */
const LONGEST = 4 * 1024; // bytes
/** Into so many pieces a client may cut it. Each piece that waits takes some 300 bytes, however short it is. */
const PIECES = 64;
/** The handshakes that `ws` takes. What it refuses itself gets an answer without headers, in HTML. */
const KEY = /^[+/\dA-Za-z]{22}==$/;
const VERSIONS = ['8', '13'];

/** Whether a request is a WebSocket's handshake, so that {@link Sockets.accept} can answer it. */
export const isHandshake = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  KEY.test(headers['sec-websocket-key'] ?? '') &&
  VERSIONS.includes(headers['sec-websocket-version'] ?? '');

/** The WebSockets of one process. */
export class Sockets {
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false, // whoever takes a socket counts it
    autoPong: false, // it answers pings too: `ws` would cut off a client that sends sixty at once
    maxPayload: LONGEST,
    maxFragments: PIECES,
    maxBufferedChunks: PIECES,
    perMessageDeflate: false, // it would keep some 300 KB for each connection
    handleProtocols: ([first = '']) => first, // the token: a browser expects it back
  });

  /** Answers by the handshake. Calls `opened` at once, or never when the client has gone meanwhile. */
  accept({ incoming, outgoing, socket, head }: Upgrade, opened: (socket: WebSocket) => void): void {
    outgoing.detachSocket(socket);
    this.#server.handleUpgrade(incoming, socket, head, opened);
  }
}
