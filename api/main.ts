import { createServer, type Server } from 'node:http';
import type { Server as NetServer } from 'node:net';
import { parseArgs } from 'node:util';
import next from 'next';
import { acceptMore, BACKLOG } from '#api/acceptors.ts';
import { drain } from '#api/drain.ts';
import { accessInWords } from '#api/internals.ts';
import { openWeb, type Web } from '#api/root.ts';
import { createWebServer, type Pages } from '#api/server.ts';
import { checkNodes } from '#broker/check-nodes.ts';
import { brokerVariables, nodeUrlsOf, redisUrlsOf } from '#broker/variables.ts';
import { refuseUnknownOperators } from '#core/accounts/operators.ts';
import { checkSchema } from '#core/check-schema.ts';
import { checkStores } from '#core/check-stores.ts';
import { ConfigError, readConfig, WRONG_CONFIG } from '#core/config.ts';
import { SECOND } from '#core/durations.ts';
import { openLog } from '#core/log.ts';
import { requireShards } from '#core/timelines/require-shards.ts';
import { openTracing } from '#core/tracing/tracing.ts';

/**
 * The web process. `start --fd 3 --fd 4` takes connections from a socket that its supervisor holds. Each descriptor is the same
 * socket, see acceptors.ts. `start --host 10.0.0.7 --port 3000` listens itself, as one of several behind a balancer. `dev --port
 * 3000` reloads. It tells its supervisor, if it has one, when it is ready.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { fd: { type: 'string', multiple: true }, host: { type: 'string' }, port: { type: 'string' } },
  });
  const config = readConfig(brokerVariables);
  const log = await openLog(config, 'web');
  for (const line of accessInWords(config)) log.info(line);
  const isBalanced = positionals[0] === 'start' && values.fd === undefined;
  const tracing = await openTracing(config, { name: 'web', log: log.warn });
  const web = openWeb(config, { log, tracing });
  globalThis.tweetFanOutWeb = web; // for Next's own copy of app/, see app/web.ts
  const server = createWebServer(web, await openPages(positionals[0] === 'dev'));
  web.console.keep();
  const acceptors: NetServer[] = [];
  const ending = new AbortController();
  const end = () => {
    ending.abort();
    const noticeMs = isBalanced ? config.LEAVE_S * SECOND : 0;
    void drain({ server, acceptors }, web, noticeMs).finally(() => process.exit());
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
  const [fd, ...fds] = (values.fd ?? []).map(Number);
  const where = fd === undefined ? { port: portIn(values.port), host: values.host ?? '127.0.0.1' } : { fd };
  // In the same turn: a signal to end finds all of them or none.
  const [more] = await Promise.all([acceptMore(server, fds), listen(server, where)]);
  acceptors.push(...more);
  process.send?.('ready');
  // The process serves meanwhile: a store that is away now is asked as soon as it can be reached.
  const stores = { ...redisUrlsOf(config), TIMELINE_REDIS_URL: config.TIMELINE_REDIS_URL };
  await Promise.all([
    checkStores(stores, { signal: ending.signal, log: log.warn }),
    checkNodes(nodeUrlsOf(config), { signal: ending.signal, log: log.warn }),
    checkLedger(web, ending.signal),
  ]);
}

/** Looks at the tables first: without them the other questions would fail in other words. */
async function checkLedger({ pool, prisma, config, log }: Web, signal: AbortSignal): Promise<void> {
  await checkSchema(pool, { signal, log: log.warn });
  await requireShards(pool, config.TIMELINE_SHARDS, signal);
  await refuseUnknownOperators(config, prisma, signal);
}

type Where = { host: string; port: number } | { fd: number };

/** Resolves when connections are taken. */
function listen(server: Server, where: Where): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(notListening(where, error));
    server.once('error', failed);
    server.listen({ ...where, backlog: BACKLOG }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

function notListening(where: Where, error: NodeJS.ErrnoException): Error {
  if ('fd' in where) return error;
  const { host, port } = where;
  if (error.code === 'EADDRINUSE')
    return new Error(`--port: expected a port that nobody listens on, got ${port} of ${host}`, {
      cause: error,
    });
  if (error.code !== 'EADDRNOTAVAIL' && error.code !== 'ENOTFOUND') return error;
  return new ConfigError(
    `--host: expected an address of this machine, or 0.0.0.0 for all of them, got ${host}`,
  );
}

function portIn(text: string | undefined): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new ConfigError(`--port: expected a port from 1 to 65535, got ${text ?? 'none'}`);
}

async function openPages(isDevelopment: boolean): Promise<Pages> {
  // Hot reload needs a WebSocket. With the first page Next adds a listener for it to the server that it is given; its
  // `getUpgradeHandler` does nothing. On our server that listener would leave every other WebSocket request open for
  // ever. So Next gets a server of its own that nobody connects to, and we pass upgrades on to it.
  const sockets = createServer();
  const pages = next({ dev: isDevelopment, dir: process.cwd(), customServer: true, httpServer: sockets });
  await pages.prepare();
  return {
    handle: pages.getRequestHandler(),
    upgrade: async (incoming, socket, head) => {
      if (!sockets.emit('upgrade', incoming, socket, head)) socket.destroy();
    },
    isDevelopment,
  };
}

main().catch((error: unknown) => {
  const isWrong = error instanceof ConfigError;
  console.error(isWrong ? error.message : error);
  process.exit(isWrong ? WRONG_CONFIG : 1);
});
