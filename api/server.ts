import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { api } from '#api/app.ts';
import { mastodonErrorOf } from '#api/mastodon/errors.ts';
import { isOfMastodon } from '#api/mastodon/paths.ts';
import { PagesInTurn } from '#api/pages-in-turn.ts';
import { Refusal } from '#api/problem.ts';
import { hostOf, networkOf } from '#api/proxy.ts';
import { refusalOf } from '#api/refusal-of.ts';
import { tooBusy } from '#api/retry-later.ts';
import type { Web } from '#api/root.ts';
import { newNonce, pagePolicy, SECURITY_HEADERS, SecuredResponse } from '#api/security-headers.ts';
import { answerUpgrade, ignoreUpgrade } from '#api/upgrade.ts';
import { SECOND } from '#core/durations.ts';
import { isKnownHost } from '#core/from-here.ts';

/** Next, which answers everything that is not the HTTP interface. */
export type Pages = {
  handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>;
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  isDevelopment: boolean;
};

/** The connections of our own proxies stay open for longer: they must never send a request into one that is just closing. */
const KEPT_BY_PROXIES = { keepAliveTimeout: 75 * SECOND };

const LIMITS = {
  /** How long the headers may take, from the connection or the answer before. */
  headersTimeout: 10 * SECOND,
  /** How long the whole request may take. Bodies that we read ourselves have 5 to 6 s; this is for those that Next reads. */
  requestTimeout: 15 * SECOND,
  /** How often Node looks for both; by default only twice a minute. */
  connectionsCheckingInterval: SECOND,
  /** How long a connection without a further request stays open. A new connection is cheap. */
  keepAliveTimeout: 5 * SECOND,
  /** A session holds at most a few hundred bytes an account. */
  maxHeaderSize: 16 * 1024, // bytes
  /** Node's own refusal would have no body and no security headers. */
  requireHostHeader: false,
};

/**
 * The one HTTP server, in front of everything. It answers to its own names only and puts the security headers on every
 * answer. Hono answers the HTTP interface, Next everything else.
 */
export function createWebServer(web: Web, pages: Pages): Server {
  const isOurs = rememberedHosts(web.config.ALLOWED_HOSTS);
  const answerApi = getRequestListener((request, env) => api.fetch(request, { ...env, web }), {
    errorHandler: (error) => malformed(error).toResponse(),
  });
  const inTurn = new PagesInTurn(web.config.PAGES_PER_SECOND);
  const answerPage = pageAnswerer(web, pages, inTurn);
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const host = hostOf(incoming, web.config.TRUST_PROXY);
    const refused = isOurs(host) ? refuseNoTarget(incoming) : foreignHost(host, incoming);
    if (refused) return send(outgoing, asRead(incoming, refused));
    inTurn.asked(networkOf(incoming, web.config.TRUST_PROXY));
    if (isOfApi(incoming)) return void answerApi(incoming, outgoing);
    void answerPage(incoming, outgoing);
  };
  const limits = { ...LIMITS, ...(web.config.TRUST_PROXY > 0 && KEPT_BY_PROXIES) };
  const server = createServer({ ...limits, ServerResponse: Secured }, (incoming, outgoing) => {
    requested.get(incoming.socket)?.();
    afterTheOneBefore(incoming, outgoing, answer);
  });
  server.on('connection', (socket) => {
    if (web.config.TRUST_PROXY > 0) return; // the address is the proxy's: only bodies are counted, by their client
    if (requested.has(socket)) return; // it begins anew after an upgrade that we ignored, and is counted already
    const sent = web.halfSent.begin(socket.remoteAddress ?? 'unknown', socket);
    socket.once('close', sent);
    requested.set(socket, sent);
  });
  server.on('clientError', answerClientError);
  // Node's own answer 417 would have no body and no security headers: an unknown `Expect` is ignored.
  server.on('checkExpectation', (incoming, outgoing) => server.emit('request', incoming, outgoing));
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    requested.get(socket)?.();
    // An answer is on its way to this connection already: the next one would come into the midst of it.
    if (unanswered.get(socket)?.length) return void socket.destroy();
    const asked = { incoming, socket, head };
    const host = hostOf(incoming, web.config.TRUST_PROXY);
    if (isStream(incoming)) answerUpgrade(answer, asked);
    else if (pages.isDevelopment && isOurs(host))
      pages.upgrade(incoming, socket, head).catch(() => socket.destroy());
    else ignoreUpgrade(server, asked);
  });
  return server;
}

/** To be called when a connection has sent its first request. */
const requested = new WeakMap<Duplex, () => void>();

/** Requests of one connection that may wait for their answers. Browsers send none ahead, load generators some ten. */
const MOST_AHEAD = 100;

/** The answers that a connection still has to get, the oldest first. */
const unanswered = new WeakMap<Duplex, ServerResponse[]>();

/**
 * Answers one request of a connection at a time. Node would begin all that a client has sent ahead at once: two hundred
 * of them in one packet kept everybody else waiting for as long as they took together. If the connection ends, those
 * that were not begun never are. A connection that sends too many ahead is cut off: behind a stream they would wait, and
 * take memory, for ever.
 */
function afterTheOneBefore(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): void {
  const { socket } = incoming;
  if (socket.destroyed) return;
  const line = unanswered.get(socket) ?? [];
  unanswered.set(socket, line);
  const before = line.at(-1);
  if (line.push(outgoing) > MOST_AHEAD) return void socket.destroy();
  outgoing.once('close', () => line.shift());
  if (before === undefined) answer(incoming, outgoing);
  else before.once('close', () => socket.destroyed || answer(incoming, outgoing));
}

// Node's types say that a response always has a connection; it may have none.
const Secured = SecuredResponse as typeof ServerResponse;

const OF_API = /^\/(?:api|healthz|readyz|metrics|docs|portraits|oauth|nodeinfo|\.well-known)(?:[/?]|$)/;
/** Where a browser asks somebody what an app may do. What is answered there is sent to the interface. */
const CONSENT = /^\/oauth\/authorize(?:[/?]|$)/;

/** Whether a request asks for a WebSocket where there are some. Next would leave any other open for ever. */
const isStream = ({ url = '/', headers }: IncomingMessage): boolean =>
  /^\/api\/v1\/streaming(?:[/?]|$)/.test(url) && headers.upgrade?.toLowerCase() === 'websocket';

function isOfApi({ url = '/', method }: IncomingMessage): boolean {
  if (CONSENT.test(url)) return method !== 'GET' && method !== 'HEAD';
  return OF_API.test(url);
}

/**
 * Another site may give its own name this machine's address (DNS rebinding). Its pages could then read and write here as
 * if they were ours. They cannot hide the name: only IP addresses, localhost and ALLOWED_HOSTS are answered.
 */
function foreignHost(host: string | undefined, { httpVersion }: IncomingMessage): Refusal {
  if (host === undefined && httpVersion === '1.1')
    return new Refusal('malformed-request', 'Expected a Host header, got none');
  return new Refusal(
    'foreign-host',
    `Host: expected localhost, an IP address or one of ALLOWED_HOSTS, got ${host ?? 'none'}`,
  );
}

/** Refuses a target that is neither a path nor a URL, such as `GET *`: Next would fail at it. */
function refuseNoTarget({ url = '' }: IncomingMessage): Refusal | null {
  if (url.startsWith('/') || URL.canParse(url)) return null;
  return new Refusal('malformed-request', `Expected a path, got ${url}`);
}

/** Remembers the hosts that were found to be ours: nearly all requests name the same few. */
function rememberedHosts(allowed: readonly string[]): (host: string | undefined) => boolean {
  const known = new Set<string>();
  return (host) => {
    if (host !== undefined && known.has(host)) return true;
    if (!isKnownHost(host, allowed)) return false;
    if (host !== undefined && known.size < 1_000) known.add(host);
    return true;
  };
}

/** Files of the build: they cost next to nothing, and a page loads some thirty of them. */
const STATIC = /^\/_next\/static\//;

function pageAnswerer({ config }: Web, pages: Pages, inTurn: PagesInTurn) {
  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    if (STATIC.test(incoming.url ?? '')) return render(pages, incoming, outgoing);
    const leave = await inTurn.begin(networkOf(incoming, config.TRUST_PROXY));
    if (leave === null) return send(outgoing, tooBusy('Too many pages of your address wait to be rendered'));
    if (!outgoing.destroyed) await render(pages, incoming, outgoing);
    leave();
  };
}

/** Never rejects. */
async function render(pages: Pages, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const nonce = newNonce();
  const { isDevelopment } = pages;
  const policy = pagePolicy(nonce, { isDevelopment, leadsAway: CONSENT.test(incoming.url ?? '') });
  outgoing.setHeader('Content-Security-Policy', policy);
  // Next reads the nonce for its own scripts from the first header, our layout from the second.
  incoming.headers['content-security-policy'] = policy;
  incoming.headers['x-nonce'] = nonce;
  await pages.handle(incoming, outgoing).catch((error: unknown) => {
    if (outgoing.headersSent) outgoing.destroy();
    else send(outgoing, refusalOf(error));
  });
}

/** A refusal in the manner of the path that was asked for. */
const asRead = (
  { url = '/' }: IncomingMessage,
  refusal: Refusal,
): Pick<Refusal, 'status' | 'headers' | 'body'> => (isOfMastodon(url) ? mastodonErrorOf(refusal) : refusal);

function send(outgoing: ServerResponse, refusal: Pick<Refusal, 'status' | 'headers' | 'body'>): void {
  outgoing.writeHead(refusal.status, refusal.headers).end(refusal.body);
}

const malformed = (error: unknown) =>
  new Refusal('malformed-request', error instanceof Error ? error.message : String(error));

/** Answers what Node itself refuses: too slow, too many headers, or no HTTP at all. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const refusal = clientRefusal(error);
  const headers = Object.entries({ ...SECURITY_HEADERS, ...refusal.headers, connection: 'close' });
  const lines = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(refusal.body)}`,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${refusal.body}`);
}

function clientRefusal(error: NodeJS.ErrnoException): Refusal {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Refusal('too-slow', 'The request did not arrive in time.');
    case 'HPE_HEADER_OVERFLOW':
      return new Refusal('headers-too-large', `Expected at most ${LIMITS.maxHeaderSize} bytes of headers.`);
    default:
      return malformed(error);
  }
}
