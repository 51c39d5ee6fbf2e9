import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import {
  type ExperimentInfo,
  type ExperimentRun,
  experimentInfo,
  experimentRun,
} from '#core/lab/experiment.ts';
import { NOT_MEASURED, sentence, verdictInWords } from '#core/lab/verdict-words.ts';
import { whoRuns } from '#dev/claim.ts';
import { dataDirOf } from '#dev/paths.ts';
import { explain, StartError } from '#dev/start-error.ts';
import { type Caller, request, signIn } from './clients/session.ts';
import { numberAbove0, wholeFrom0 } from './harness/options.ts';

/**
 * `npm run lab -- ID [--seed S] [--size N] [--broker B] [--dial NAME=N] [--json]`: runs one experiment on the running application, as
 * its page does, and prints the verdict. Without an id it lists the experiments. Exit code 1 when a promise was broken.
 */
export async function run(_verb: string, args: string[]): Promise<number> {
  try {
    const { id, order, json } = optionsFrom(args);
    const operator = await signInOperator(addressOf(process.env));
    const experiments = await readExperiments(operator);
    if (id === undefined) return list(experiments);
    const started = await ask(operator, oneRun, {
      ...{ method: 'POST', path: '/api/lab/runs', body: { experiment: id, ...order } },
    });
    const ended = await follow(operator, started.run);
    print(ended, experiments.find((each) => each.id === id)?.mustFail ?? false);
    if (json) console.log(JSON.stringify({ lab: ended }));
    return ended.verdict?.passed ? 0 : 1;
  } catch (error) {
    console.error(explain(error));
    return 1;
  }
}

const oneRun = z.object({ run: experimentRun });
const accounts = z.object({
  accounts: z.array(z.object({ id: z.number(), handle: z.string(), operator: z.boolean() })),
});

function addressOf(env: NodeJS.ProcessEnv): string {
  const { url } = whoRuns(dataDirOf(env)) ?? {};
  if (url) return url;
  throw new StartError('Nothing runs that could be broken.', '`npm start` first, with the same DATA_DIR.');
}

async function signInOperator(url: string): Promise<Caller> {
  const found = accounts.parse(await (await fetch(`${url}/api/accounts`)).json());
  const operator = found.accounts.find((account) => account.operator);
  if (operator) return signIn(url, operator);
  throw new StartError('Nobody is an operator here.', 'Start with OPERATORS=HANDLE npm start');
}

async function ask<T>(operator: Caller, schema: z.ZodType<T>, asked: Parameters<typeof request>[1]) {
  const answer = await request(operator, asked);
  if (answer && answer.status < 300) return schema.parse(answer.body);
  const { detail } = z.object({ detail: z.string() }).parse(answer?.body ?? { detail: 'no answer came' });
  throw new StartError(detail, 'docs/lab.md says when the lab is on and what it takes.');
}

async function readExperiments(operator: Caller): Promise<ExperimentInfo[]> {
  const schema = z.object({ experiments: z.array(experimentInfo) });
  return (await ask(operator, schema, { method: 'GET', path: '/api/lab/experiments' })).experiments;
}

function list(experiments: ExperimentInfo[]): number {
  for (const { id, title, size, dials } of experiments) {
    console.log(`${id.padEnd(20)}${title} (${size.usual} ${size.of}, ${size.least ?? 1} to ${size.most})`);
    for (const { name, text, least, usual, most } of dials)
      console.log(`${' '.repeat(20)}--dial ${name}=${usual}: ${text}, ${least} to ${most}`);
  }
  return 0;
}

const LOOK = 1_000; // ms

/**
 * Prints what happens until the run is over. The web process may be what is broken, so it is asked again and again.
 * Throws when the application has ended, because nobody would ever answer.
 */
async function follow(operator: Caller, started: ExperimentRun): Promise<ExperimentRun> {
  let shown = 0;
  for (;;) {
    const answer = await request(operator, { method: 'GET', path: `/api/lab/runs/${started.id}` });
    const run = oneRun.safeParse(answer?.body).data?.run;
    for (const { at, text } of run?.moments.slice(shown) ?? []) console.log(`${at.toFixed(1)} s  ${text}`);
    shown = run?.moments.length ?? shown;
    if (run?.endedAt) return run;
    if (!whoRuns(dataDirOf(process.env)))
      throw new StartError(
        'The application has ended, and the run with it.',
        '`npm start`, and run it again.',
      );
    await sleep(LOOK);
  }
}

function print({ title, seed, verdict, reason }: ExperimentRun, mustFail: boolean): void {
  console.log(`\n${title}, seed ${seed}`);
  if (!verdict) {
    console.log(`broken off: ${reason}`);
    return;
  }
  const { accepted, delivered, timelines, missing, twice, holes } = verdict;
  console.log(`${delivered} of ${accepted} accepted tweets are delivered; ${timelines} timelines read back`);
  console.log(`${missing} missing, ${twice} twice, ${holes} holes`);
  for (const { name, value } of verdict.measured) console.log(`${name}: ${value}`);
  for (const finding of verdict.findings) console.log(`* ${finding}`);
  if (verdict.answer === null) console.log(sentence(NOT_MEASURED));
  console.log(sentence(verdictInWords(verdict.passed, mustFail)));
}

function optionsFrom(args: string[]) {
  const { values, positionals } = parseArgs({
    ...{ args, allowPositionals: true },
    options: {
      seed: { type: 'string' },
      size: { type: 'string' },
      broker: { type: 'string' },
      dial: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    },
  });
  const order = {
    ...(values.seed !== undefined && { seed: numberAbove0('seed', values.seed) }),
    ...(values.size !== undefined && { size: numberAbove0('size', values.size) }),
    ...(values.broker !== undefined && { broker: values.broker }),
    ...(values.dial !== undefined && { dials: Object.fromEntries(values.dial.map(dialFrom)) }),
  };
  return { id: positionals[0], order, json: values.json };
}

/** `workers=4` as a name and a number. The application knows which dials there are. */
function dialFrom(text: string): [string, number] {
  const [name = '', value = ''] = text.split('=');
  return [name, wholeFrom0(`dial ${name}`, value)];
}
