import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import next from 'next';
import { drain } from '#api/drain.ts';
import { accessInWords } from '#api/internals.ts';
import { openWeb } from '#api/root.ts';
import { createWebServer, type Pages } from '#api/server.ts';
import { brokerVariables, redisUrlsOf } from '#broker/variables.ts';
import { refuseUnknownOperators } from '#core/accounts/operators.ts';
import { checkStores } from '#core/check-stores.ts';
import { ConfigError, readConfig, WRONG_CONFIG } from '#core/config.ts';
import { requireShards } from '#core/timelines/require-shards.ts';

/**
 * The web process: `node --import tsx api/main.ts start --fd 3` takes connections from a socket that its supervisor
 * holds, `dev --port 3000` listens itself and reloads. It tells its supervisor when it is ready.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { fd: { type: 'string' }, port: { type: 'string' } },
  });
  const config = readConfig(brokerVariables);
  for (const line of accessInWords(config)) console.log(line);
  const web = openWeb(config);
  globalThis.tweetFanOutWeb = web; // for Next's own copy of app/, see app/web.ts
  const server = createWebServer(web, await openPages(positionals[0] === 'dev'));
  web.console.keep();
  const ending = new AbortController();
  const end = () => {
    ending.abort();
    void drain(server, web).finally(() => process.exit());
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, end);
  const where =
    values.fd === undefined ? { port: Number(values.port), host: '127.0.0.1' } : { fd: Number(values.fd) };
  server.listen({ ...where, backlog: 511 }, () => process.send?.('ready'));
  // The process serves meanwhile: a store that is away now is asked as soon as it can be reached.
  const stores = { ...redisUrlsOf(config), TIMELINE_REDIS_URL: config.TIMELINE_REDIS_URL };
  await Promise.all([
    checkStores(stores, { signal: ending.signal, log: console.warn }),
    requireShards(web.pool, config.TIMELINE_SHARDS, ending.signal),
    refuseUnknownOperators(config, web.prisma, ending.signal),
  ]);
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
