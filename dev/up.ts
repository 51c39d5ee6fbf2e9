import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { BROKERS } from '#broker/variables.ts';
import { App } from './app.ts';
import { type Claim, claim } from './claim.ts';
import { requireVariables } from './environment.ts';
import { type Log, logAs, seconds, step } from './log.ts';
import { dataDirOf, ROOT } from './paths.ts';
import { lostNow } from './saving.ts';
import { explain, StartError } from './start-error.ts';
import { listenForStop } from './stop-signal.ts';

/**
 * Runs `npm start` or `npm run dev`: the application, until Ctrl-C. `-- --broker rabbitmq` or `sqs` chooses another
 * broker. Resolves with the exit code.
 */
export async function run(verb: string, args: string[]): Promise<number> {
  const log = logAs('start', console.log, process.env.LOG_FORMAT === 'json');
  const stopSignal = listenForStop(() => lostNow(dataDirOf(process.env)));
  try {
    const options = { ...optionsFrom(withBroker(process.env, args), verb, log), webs: websIn(args, verb) };
    const claimed = claim(options.dataDir);
    const app = new App(options);
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
  process.on('SIGUSR2', () => void restartWeb(app, log));
  const { databaseUrl, timelineRedisUrl } = app.servers;
  claimed.publish({ url: app.url, databaseUrl, timelineRedisUrl });
  const folder = relative(ROOT, dataDirOf(process.env)) || '.';
  log(`ready in ${seconds(performance.now() - started)}`);
  if (process.env.LOG_FORMAT === 'json') log(app.url);
  else console.log(`\n    ${app.url}\n`);
  log(`Ctrl-C stops everything. The data stays in ${folder}; \`npm run reset\` empties it.`);
}

/** On `kill -USR2`: replaces the web processes one by one. No connection is refused. */
async function restartWeb(app: App, log: Log) {
  await step(log, 'web processes replaced', () => app.restartWeb()).catch((error: Error) =>
    log(error.message),
  );
}

const webs = z.coerce.number().int().min(1).max(16).default(1);

function websIn(args: string[], verb: string): number {
  const { web } = parse(args);
  const parsed = webs.safeParse(web);
  if (!parsed.success)
    throw new StartError(`--web: expected 1 to 16 web processes, got ${web}`, 'Leave it out for one.');
  if (verb === 'dev' && parsed.data > 1)
    throw new StartError('--web: with hot reload there is one web process', 'Use `npm start -- --web 2`.');
  return parsed.data;
}

/** `--broker` wins over BROKER. Throws {@link StartError}. */
function withBroker(env: NodeJS.ProcessEnv, args: string[]): NodeJS.ProcessEnv {
  return { ...env, BROKER: parse(args).broker ?? env.BROKER };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: { broker: { type: 'string' }, web: { type: 'string' } } }).values;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(
      message,
      `Expected nothing, --broker ${BROKERS.join(', ')}, or --web with a number of web processes`,
      { cause },
    );
  }
}

/** Throws a ConfigError that names every variable that is wrong. */
function optionsFrom(env: NodeJS.ProcessEnv, verb: string, log: Log) {
  const { PORT: port } = requireVariables(env);
  return {
    dataDir: dataDirOf(env),
    mode: verb === 'dev' ? ('dev' as const) : ('start' as const),
    port,
    workers: ['A', 'B'],
    followers: 1_000_000,
    keepsTimelines: true,
    env,
    log,
  };
}
