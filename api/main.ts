import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import next from 'next';
import { drain } from '#api/drain.ts';
import { openWeb } from '#api/root.ts';
import { createWebServer, type Pages } from '#api/server.ts';
import { brokerVariables } from '#broker/variables.ts';
import { ConfigError, readConfig } from '#core/config.ts';

/**
 * The web process: `node --import tsx api/main.ts start --fd 3` takes connections from a socket that its supervisor
 * holds, `dev --port 3000` listens itself and reloads. It tells its supervisor when it is ready.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { fd: { type: 'string' }, port: { type: 'string' } },
  });
  const web = openWeb(readConfig(brokerVariables));
  globalThis.tweetFanOutWeb = web; // for Next's own copy of app/, see app/web.ts
  const server = createWebServer(web, await openPages(positionals[0] === 'dev'));
  const where =
    values.fd === undefined ? { port: Number(values.port), host: '127.0.0.1' } : { fd: Number(values.fd) };
  server.listen({ ...where, backlog: 511 }, () => process.send?.('ready'));
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void drain(server, web).finally(() => process.exit(0)));
}

async function openPages(isDevelopment: boolean): Promise<Pages> {
  // What hot reload speaks by is a listener that Next hangs, with the first page, on the server that it is told of or
  // finds; its `getUpgradeHandler` does nothing. On our server that listener would leave every other connection open for
  // good that asks for a WebSocket, so that it gets one to which nobody connects.
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
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
