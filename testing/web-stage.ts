import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drain } from '#api/drain.ts';
import { openWeb, type Web } from '#api/root.ts';
import { createWebServer } from '#api/server.ts';
import { brokerVariables } from '#broker/variables.ts';
import { readConfig } from '#core/config.ts';
import type { ServerUrls } from '#dev/servers.ts';

/** A web process within the test, with one page instead of Next's. */
export type WebStage = {
  web: Web;
  server: Server;
  url: string;
  port: number;
  /** Ends it as SIGTERM does. May be called twice. */
  stop(): Promise<void>;
};

/** Starts one on a free port. `env` is its configuration without the servers. */
export async function openWebStage(urls: ServerUrls, env: Record<string, string> = {}): Promise<WebStage> {
  const web = openWeb(
    readConfig(brokerVariables, {
      ...{ DATABASE_URL: urls.databaseUrl, TIMELINE_REDIS_URL: urls.timelineRedisUrl },
      ...{ QUEUE_REDIS_URL: urls.queueRedisUrl, SESSION_SECRET: 'a secret of the tests' },
      ...env,
    }),
  );
  const server = createWebServer(web, {
    handle: async (_incoming, outgoing) => void outgoing.end('<p>A page</p>'),
    upgrade: async (_incoming, socket) => void socket.destroy(),
    isDevelopment: false,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let stopping: Promise<void> | undefined;
  return {
    ...{ web, server, port, url: `http://127.0.0.1:${port}` },
    stop: () => {
      stopping ??= drain({ server }, web);
      return stopping;
    },
  };
}

/**
 * The cookie of a session that holds these demo accounts. Without `X-Account` the last one acts. Empty for no account.
 */
export async function cookieOf({ url }: Pick<WebStage, 'url'>, ...handles: string[]): Promise<string> {
  let cookie = '';
  for (const handle of handles) {
    const init = { method: 'POST', headers: { cookie }, body: JSON.stringify({ handle }) };
    const answer = await fetch(`${url}/api/session`, init);
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  }
  return cookie;
}
