import { z } from 'zod';
import { livePid, pidFileOf } from '#dev/pid-file.ts';
import type { ServerUrls } from '#dev/servers.ts';

const VARIABLE = 'E2E_APP';

const app = z.object({
  url: z.string(),
  dataDir: z.string(),
  databaseUrl: z.string(),
  queueRedisUrl: z.string(),
  timelineRedisUrl: z.string(),
});

/** The application that the walkthroughs run against. */
export type RunningApp = ServerUrls & { url: string; dataDir: string };

/** Writes it into `env`, which the processes of the tests inherit. */
export function publishApp(running: RunningApp, env: NodeJS.ProcessEnv): void {
  env[VARIABLE] = JSON.stringify(running);
}

/** Undefined until the global setup has finished. */
export function runningApp(env: NodeJS.ProcessEnv = process.env): RunningApp | undefined {
  return env[VARIABLE] ? app.parse(JSON.parse(env[VARIABLE])) : undefined;
}

/**
 * The pid of one of its programs: `web`, `worker A`, `worker B`, `postgres`, `queue` or `timelines`. A program that is
 * killed is started again half a second later, with another pid.
 */
export function pidOf({ dataDir }: RunningApp, name: string): number | undefined {
  return livePid(pidFileOf(dataDir, name));
}

/**
 * How many followers the celebrity of the walkthroughs has. It is 1,000,000 unless E2E_FOLLOWERS says otherwise: the
 * walkthrough of the million needs a real million.
 */
export const e2eFollowers = (): number => Number(process.env.E2E_FOLLOWERS || 1_000_000);
