import { App } from '#dev/app.ts';
import type { Log } from '#dev/log.ts';
import { demoOperator } from '#dev/operators.ts';
import { freePort } from '#dev/ports.ts';

type Options = {
  dataDir: string;
  /** The celebrity's followers. */
  followers: number;
  workers?: string[];
  /** The URL of a cluster of its own for the timelines. Without it they get a server. */
  cluster?: string | undefined;
  env: NodeJS.ProcessEnv;
  log: Log;
  print?: Log;
};

/**
 * Makes the whole application, production build, on a free port and on servers and data of its own. Whoever runs it
 * kills, fills and overloads it. So it never uses the servers that the environment names, which may be somebody's own.
 * Whatever the environment says, its operator is the demo's, and its figures are open to this machine.
 */
export async function makeOwnApp({ env: given, cluster, ...options }: Options): Promise<App> {
  const { DATABASE_URL, QUEUE_REDIS_URL, TIMELINE_REDIS_URL, METRICS_TOKEN, ...rest } = given;
  // The lab is off unless the environment says otherwise: random requests must not be able to break things through it.
  const env = {
    ...{ ...rest, OPERATORS: demoOperator.handle, LAB: rest.LAB || '0' },
    ...(cluster && { TIMELINE_REDIS_URL: cluster }),
  };
  return new App({ mode: 'start', port: await freePort(), workers: ['A', 'B'], env, ...options });
}
