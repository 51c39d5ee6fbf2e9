import { relative } from 'node:path';
import { z } from 'zod';
import { App } from './app.ts';
import { type Claim, claim } from './claim.ts';
import { type Log, logAs, seconds, step } from './log.ts';
import { dataDirOf, ROOT } from './paths.ts';
import { explain, StartError } from './start-error.ts';
import { listenForStop } from './stop-signal.ts';

/** `npm start` and `npm run dev`: runs the application until Ctrl-C. Resolves with the exit code. */
export async function run(verb: string): Promise<number> {
  const log = logAs('start');
  const stopSignal = listenForStop();
  try {
    const claimed = claim(dataDirOf(process.env));
    const app = new App(optionsFrom(process.env, verb, log));
    try {
      await Promise.race([bringUp(app, claimed, log), stopSignal.first]);
      await stopSignal.first;
    } finally {
      await step(log, 'stopped', () => app.stop());
      claimed.release();
    }
    return 0;
  } catch (error) {
    console.error(`\n${explain(error)}`);
    return 1;
  }
}

async function bringUp(app: App, claimed: Claim, log: Log) {
  const started = performance.now();
  await app.start();
  const { databaseUrl, timelineRedisUrl } = app.servers;
  claimed.publish({ url: app.url, databaseUrl, timelineRedisUrl });
  const folder = relative(ROOT, dataDirOf(process.env)) || '.';
  log(`ready in ${seconds(performance.now() - started)}`);
  console.log(`\n    ${app.url}\n`);
  log(`Ctrl-C stops everything. The data stays in ${folder}; \`npm run reset\` empties it.`);
}

const port = z.coerce.number().int().min(1).max(65_535).default(3_000);

function optionsFrom(env: NodeJS.ProcessEnv, verb: string, log: Log) {
  const parsed = port.safeParse(env.PORT || undefined);
  if (!parsed.success)
    throw new StartError(`PORT: expected 1 to 65535, got ${env.PORT}`, 'Leave it out for 3000.');
  return {
    dataDir: dataDirOf(env),
    mode: verb === 'dev' ? ('dev' as const) : ('start' as const),
    port: parsed.data,
    workers: ['A', 'B'],
    followers: 1_000_000,
    env,
    log,
  };
}
