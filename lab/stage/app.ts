import { App } from '#dev/app.ts';
import { freePort } from '#dev/ports.ts';
import { describeMachine, type Machine } from '../run/machine.ts';
import type { Run } from '../run/run-bench.ts';
import { type Connections, connect } from './connect.ts';

/** The whole application with the demo's people: the production build, a web process and two workers. */
export type RunningApp = Connections & { url: string; machine: Machine };

/** Starts it on data of its own; `run.onEnd` stops it. Admission is wide open: it is not what is measured. */
export async function openApp(run: Omit<Run, 'sizes'>, followers: number): Promise<RunningApp> {
  const { DATABASE_URL, QUEUE_REDIS_URL, TIMELINE_REDIS_URL, ...env } = run.env;
  const app = new App({
    dataDir: run.dataDir,
    mode: 'start',
    port: await freePort(),
    workers: ['A', 'B'],
    followers,
    env: { ...env, NODE_ENV: 'production', POSTS_PER_MINUTE: '1000000', MAX_BACKLOG: '1000000000' },
    log: run.log,
  });
  run.onEnd(() => app.stop());
  await app.start();
  const connections = connect(app.servers, run);
  return { ...connections, url: app.url, machine: await describeMachine(connections, run.loadBefore) };
}
