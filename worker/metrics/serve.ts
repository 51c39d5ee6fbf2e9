import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Config, ConfigError } from '#core/config.ts';
import { SECOND } from '#core/durations.ts';
import { bears, isFromHere, isKnownHost } from '#core/from-here.ts';

/** What is shown, made anew for each look. */
export type Shown = { body: string; contentType: string };

type Serving = Pick<Config, 'METRICS_TOKEN'> & { port: number; show(): Promise<Shown> };

/** A listening server of figures. */
export type Served = { close(): Promise<void> };

/** A scraper sends a line and a few headers, and takes its answer at once. */
const LIMITS = { headersTimeout: 5 * SECOND, requestTimeout: 5 * SECOND, maxHeaderSize: 8 * 1024 };

/**
 * Tells the figures of a process at `/metrics` of this port. Without METRICS_TOKEN it listens on this machine alone. Throws
 * {@link ConfigError} when the port cannot be had.
 */
export async function serveFigures({ port, METRICS_TOKEN: token, show }: Serving): Promise<Served> {
  const server = createServer(LIMITS, (incoming, outgoing) => {
    answer(incoming, { token, show }).then(
      (found) => send(outgoing, found),
      () => send(outgoing, refuse(500, 'The figures could not be read')),
    );
  });
  server.listen({ port, ...(token === undefined && { host: '127.0.0.1' }) });
  await once(server, 'listening').catch((error: unknown) => {
    throw unusable(port, error);
  });
  return {
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Answer = { status: number; headers: Record<string, string>; body: string };

async function answer(
  incoming: IncomingMessage,
  { token, show }: { token: string | undefined; show(): Promise<Shown> },
): Promise<Answer> {
  const [path] = (incoming.url ?? '').split('?');
  if (path !== '/metrics') return refuse(404, 'Expected /metrics');
  if (incoming.method !== 'GET' && incoming.method !== 'HEAD')
    return refuse(405, `Expected GET, got ${incoming.method}`, { allow: 'GET, HEAD' });
  if (token !== undefined && !bears(token, incoming.headers.authorization))
    return refuse(401, 'Expected Authorization: Bearer with METRICS_TOKEN', {
      'www-authenticate': 'Bearer realm="metrics"',
    });
  if (token === undefined && !(isFromHere(incoming) && isKnownHost(incoming.headers.host, [])))
    return refuse(403, 'Without METRICS_TOKEN figures are for programs on this machine');
  const { body, contentType } = await show();
  return { status: 200, headers: { 'content-type': contentType, 'cache-control': 'no-store' }, body };
}

const refuse = (status: number, why: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
  body: `${why}\n`,
});

const send = (outgoing: ServerResponse, { status, headers, body }: Answer) =>
  void outgoing.writeHead(status, headers).end(body);

function unusable(port: number, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new ConfigError(
      `METRICS_PORT: Expected a port that nobody listens on, ${port} is taken. Choose another one for this worker, ` +
        'or leave METRICS_PORT out. Each worker on a machine needs its own; `npm start` counts up from the first.',
    );
  if (code === 'EACCES')
    return new ConfigError(`METRICS_PORT: Expected a port that this user may listen on, got ${port}`);
  return error;
}
