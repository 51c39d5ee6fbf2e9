import { App } from '#dev/app.ts';
import type { Log } from '#dev/log.ts';
import { freePort } from '#dev/ports.ts';

type Options = {
  dataDir: string;
  /** The celebrity's followers. */
  followers: number;
  workers?: string[];
  env: NodeJS.ProcessEnv;
  log: Log;
};

/**
 * The whole application, production build, on a free port and on servers and data of its own. What runs it kills,
 * fills and overloads: so it never uses the servers that the environment names, which may be somebody's own.
 */
export async function makeOwnApp({ env, ...options }: Options): Promise<App> {
  const { DATABASE_URL, QUEUE_REDIS_URL, TIMELINE_REDIS_URL, ...rest } = env;
  // Whoever sends it requests made at random must not break it by them.
  const own = { ...rest, LAB: rest.LAB || '0' };
  return new App({ mode: 'start', port: await freePort(), workers: ['A', 'B'], env: own, ...options });
}
