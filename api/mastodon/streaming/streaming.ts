import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { EventStream } from '#api/live/event-stream.ts';
import type { StreamClient } from '#api/live/open-streams.ts';
import { type Bearer, requireBearer, tokenOf } from '#api/mastodon/bearer.ts';
import { networkOfCall } from '#api/mastodon/count-call.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { MastodonError } from '#api/mastodon/errors.ts';
import { CHANNEL_NAMES, type Channel, parseChannel } from '#api/mastodon/streaming/channels.ts';
import { overSse } from '#api/mastodon/streaming/client-stream.ts';
import { type Listener, listen } from '#api/mastodon/streaming/listen.ts';
import { type SocketOptions, SocketStream } from '#api/mastodon/streaming/socket-stream.ts';
import { originOf } from '#api/proxy.ts';
import { isHandshake, type Upgrade, upgradeOf } from '#api/upgrade.ts';

const PATH = '/api/v1/streaming';

/**
 * What comes to a client while it listens, as server-sent events or over a WebSocket: the same paths, tokens and refusals.
 * The channel is part of the path (`/user`) or a parameter (`?stream=user`). A WebSocket may also name it later.
 */
export const streaming = new Hono<MastodonEnv>()
  .get(`${PATH}/health`, (c) => c.text('OK'))
  .get(PATH, (c) => open(c, c.req.query('stream')))
  .get(`${PATH}/:kind/:part?`, (c) => open(c, Object.values(c.req.param()).filter(Boolean).join(':')));

type Call = Context<MastodonEnv>;

async function open(c: Call, name: string | undefined): Promise<Response> {
  const upgrade = upgradeOf(c.env.incoming);
  const channel = channelOf(name, upgrade);
  const bearer = requireBearer(await sentToken(c, upgrade), ['read:statuses']);
  return upgrade ? overWebSocket(c, { bearer, channel, upgrade }) : overEvents(c, { bearer, channel });
}

/** Null for a WebSocket that names no channel yet. */
function channelOf(name: string | undefined, upgrade: Upgrade | undefined): Channel | null {
  const channel = parseChannel(name);
  if (channel !== null || (upgrade && !name)) return channel;
  throw new MastodonError(404, `Unknown stream type: expected ${CHANNEL_NAMES}, got ${name ?? 'none'}`);
}

/** From a header or the query. A browser can set no header for a WebSocket: it sends the token as the sub-protocol. */
async function sentToken({ env, req, var: { token } }: Call, upgrade: Upgrade | undefined) {
  if (token !== null) return token;
  return tokenOf(
    env.web,
    req.query('access_token') ?? (upgrade && secretInProtocol(req.header('sec-websocket-protocol'))),
  );
}

const secretInProtocol = (header: string | undefined) => header?.split(',')[0]?.trim() || undefined;

type Opening = { bearer: Bearer; channel: Channel | null };

function overEvents(c: Call, { bearer, channel }: Opening): Response {
  const { web, outgoing } = c.env;
  const events = web.streams.open(
    clientOf(c, bearer),
    (mostWaiting) => new EventStream({ connection: outgoing, mostWaiting }),
  );
  // Nobody reads a body that is not sent, or cancels it: the stream would be open, and fill, for good.
  if (c.req.method === 'HEAD') return ended(events);
  const stream = overSse(events);
  web.clients.tokenStreams.add(bearer.tokenId, stream);
  if (channel) listen(web, stream, { ...listenerOf(c, bearer), channel }).catch(() => stream.end('failed'));
  return events.response;
}

function ended(events: EventStream): Response {
  events.end();
  return events.response;
}

/** Answers by the handshake. A WebSocket has no ids to go on from: it begins with what came within the last minutes. */
function overWebSocket(c: Call, { bearer, channel, upgrade }: Opening & { upgrade: Upgrade }): Response {
  const { web } = c.env;
  if (!isHandshake(upgrade.incoming))
    throw new MastodonError(400, 'Expected a WebSocket of version 13, with its Sec-WebSocket-Key');
  const client = clientOf(c, bearer);
  const listener = { ...listenerOf(c, bearer), since: null };
  web.streams.requireRoom(client); // afterwards nothing can be refused any more
  web.clients.sockets.accept(upgrade, (socket) => {
    const subscribe: SocketOptions['subscribe'] = (asked, subscription) =>
      void listen(web, subscription, { ...listener, channel: asked }).catch(() => subscription.end('failed'));
    const stream = web.streams.open(
      client,
      (mostWaiting) => new SocketStream(socket, { mostWaiting, subscribe }),
    );
    web.clients.tokenStreams.add(bearer.tokenId, stream);
    if (channel) stream.subscribe(channel);
  });
  return RESPONSE_ALREADY_SENT;
}

const clientOf = ({ env }: Call, { account, tokenId }: Bearer): StreamClient => ({
  address: networkOfCall(env),
  account: account.id,
  token: tokenId,
});

const listenerOf = ({ env: { incoming, web }, req }: Call, { account }: Bearer): Listener => ({
  userId: account.id,
  origin: originOf(incoming, web.config.TRUST_PROXY),
  since: idIn(req.header('last-event-id')),
});

/** The newest id that the client has heard; null for anything else. */
const idIn = (text = ''): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null);
