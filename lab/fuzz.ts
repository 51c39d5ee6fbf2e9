import { parseArgs } from 'node:util';
import { z } from 'zod';
import { MINUTE } from '#core/durations.ts';
import { openPostgres } from '#core/postgres.ts';
import type { App } from '#dev/app.ts';
import { type Log, logAs } from '#dev/log.ts';
import { explain } from '#dev/start-error.ts';
import { listenForStop } from '#dev/stop-signal.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { makeOwnApp } from '#testing/own-app.ts';
import { untilFinished } from './check/settled.ts';
import { checkAftermath, Promised } from './fuzz/aftermath.ts';
import { readDocument } from './fuzz/api-document.ts';
import { grown, measureCondition, startBare } from './fuzz/growth.ts';
import { print, type Report } from './fuzz/report.ts';
import { type Range, runShots } from './fuzz/run-shots.ts';
import { openSender } from './fuzz/sender.ts';
import { Shots } from './fuzz/shots.ts';
import { wholeFrom0 } from './harness/options.ts';
import { OPEN_ADMISSION } from './stage/application.ts';
import { COLLECTS } from './stage/web-at-rest.ts';

type Options = { requests: number; seed: number; from: number };

/**
 * `npm run fuzz -- --requests N --seed S [--from NUMBER]`: sends N requests to an application of its own. They are
 * drawn from its OpenAPI document: valid, borderline and hostile. Every answer is checked against the document. Exit
 * code 1 when an answer is outside it, something is left half-done, or the web process has grown or slowed.
 */
export async function run(_verb: string, args: string[]): Promise<number> {
  const log = logAs('fuzz', console.error);
  const stopped = listenForStop().first;
  const folder = openTempFolder('fuzz');
  const app = await makeApp(folder.dir, log);
  try {
    const options = optionsFrom(args);
    const report = await Promise.race([app.start().then(() => fuzz(app, options, log)), stopped]);
    if (!report) return 130;
    print(report);
    return report.findings.length + report.left.length > 0 ? 1 : 0;
  } catch (error) {
    console.error(explain(error));
    return 1;
  } finally {
    await app.stop();
    folder.remove();
  }
}

function makeApp(dataDir: string, log: Log): Promise<App> {
  const env = { ...process.env, NODE_OPTIONS: COLLECTS, ...OPEN_ADMISSION };
  return makeOwnApp({ dataDir, log, env, workers: ['A'], followers: 1_000 });
}

async function fuzz(app: App, options: Options, log: Log): Promise<Report> {
  const { url, servers } = app;
  const { seed } = options;
  const sender = await openSender(url, await someHandles(url));
  const document = readDocument();
  const shots = new Shots(document, sender);
  const promised = new Promised();
  const range: Range = {
    ...{ document, port: Number(new URL(url).port), tally: new Map(), findings: [] },
    draw: (number) => shots.draw(seed, number),
    seen: (shot, verdict) => promised.note(shot, verdict),
  };
  const { first, last } = await sendAndMeasure(range, app, { ...options, log });
  const left = await lookBehind({ url, cookie: sender.cookie, ...servers }, promised);
  return { ...{ seed, first, last }, ...range, left: [...left, ...grown(first, last)] };
}

/**
 * Sends a tenth, so that caches fill and code is compiled. Measures the web process, sends the rest, measures again.
 */
async function sendAndMeasure(range: Range, app: App, { requests, from, log }: Options & { log: Log }) {
  const web = app.programs.find(({ name }) => name === 'web');
  if (!web) throw new Error('Expected a web process, got none');
  const bare = await startBare(log);
  const measure = () => measureCondition({ url: app.url, pid: web.pid() }, bare);
  try {
    const tenth = from + Math.ceil(requests / 10);
    await runShots(range, from, tenth);
    const first = await measure();
    log(`${tenth - from} of ${requests} shots sent`);
    await runShots(range, tenth, from + requests);
    return { first, last: await measure() };
  } finally {
    await bare.stop();
  }
}

const accounts = z.object({ accounts: z.array(z.object({ handle: z.string(), operator: z.boolean() })) });

/**
 * The first few demo accounts, the celebrity among them, and an operator. The operator comes last and so acts unless a
 * request says otherwise. So what only operators may do is tried, and is refused to the others.
 */
async function someHandles(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/accounts`);
  const found = accounts.parse(await answer.json()).accounts;
  const operator = found.find((account) => account.operator);
  if (!operator) throw new Error('Expected the application to have an operator, got none');
  const others = found.filter((account) => account !== operator);
  return [...others.slice(0, 3), operator].map(({ handle }) => handle);
}

const FINISH = MINUTE;

/** Lets deliveries go on, because a request may have paused them. Waits for them, and looks for what is half-done. */
async function lookBehind(
  at: { url: string; cookie: string; databaseUrl: string },
  promised: Promised,
): Promise<string[]> {
  const goOn = { method: 'PUT', headers: { cookie: at.cookie }, body: '{"paused":false}' };
  const answer = await fetch(`${at.url}/api/pause`, goOn);
  if (!answer.ok)
    throw new Error(`Expected deliveries to go on, got ${answer.status} ${await answer.text()}`);
  const { pool, close } = openPostgres({ url: at.databaseUrl, max: 2, name: 'fuzz' });
  try {
    await untilFinished(pool, FINISH);
    return await checkAftermath({ url: at.url, pool }, promised);
  } finally {
    await close();
  }
}

function optionsFrom(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      requests: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      from: { type: 'string', default: '0' },
    },
  });
  return {
    requests: wholeFrom0('requests', values.requests),
    seed: wholeFrom0('seed', values.seed),
    from: wholeFrom0('from', values.from),
  };
}
