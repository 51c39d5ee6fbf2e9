import { acceptMore } from '#api/acceptors.ts';
import { drain } from '#api/drain.ts';
import { openWeb } from '#api/root.ts';
import { createWebServer } from '#api/server.ts';
import { brokerVariables } from '#broker/variables.ts';
import { readConfig } from '#core/config.ts';
import { SECOND } from '#core/durations.ts';
import { openLog } from '#core/log.ts';
import { openTracing } from '#core/tracing/tracing.ts';
import { DESCRIPTORS } from '#dev/listening-socket.ts';

/**
 * The program of a web process as api/main.ts starts it, but without Next's pages, so that nothing has to be built. It
 * listens on the port and address that it is given, or on the descriptors of its supervisor's socket.
 */
const config = readConfig(brokerVariables);
const log = await openLog(config, 'web');
const web = openWeb(config, { log, tracing: await openTracing(config, { name: 'web', log: log.warn }) });
const server = createWebServer(web, {
  handle: async (_incoming, outgoing) => void outgoing.end(`<p>${process.pid}</p>`),
  upgrade: async (_incoming, socket) => void socket.destroy(),
  isDevelopment: false,
});
const [port, host = '127.0.0.1'] = process.argv.slice(2);
const where = port === undefined ? { fd: 3 } : { port: Number(port), host };
const noticeMs = port === undefined ? 0 : config.LEAVE_S * SECOND;
const further = Array.from({ length: DESCRIPTORS - 1 }, (_, n) => 4 + n);
server.listen(where, async () => {
  const acceptors = port === undefined ? await acceptMore(server, further) : [];
  process.once(
    'SIGTERM',
    () => void drain({ server, acceptors }, web, noticeMs).finally(() => process.exit(0)),
  );
  process.send?.('ready');
});
