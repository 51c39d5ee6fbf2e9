import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';
import { finishBuild, isBuilt, startBuild } from './build.ts';
import { ROOT } from './paths.ts';
import { type Exit, type Running, startProgram } from './program.ts';

/** `failures` names each test that failed, and says how. */
export type Tally = { passed: number; failed: number; skipped: number; failures: string[] };

/** One kind of test. It passes every process that it starts to `started`, so that Ctrl-C can stop it. */
export type Suite = { name: string; run(started: (running: Running) => void): Promise<Tally> };

/** Checks format and lint, as one test. */
export const lint: Suite = {
  name: 'lint',
  run: (started) => command(started, 'node_modules/@biomejs/biome/bin/biome', 'ci', '.'),
};

/**
 * Checks types, as one test. Next's types are generated first: a fresh clone has none, and old ones may describe pages
 * that have moved.
 */
export const types: Suite = {
  name: 'types',
  run: async (started) => {
    rmSync(join(ROOT, '.next/dev/types'), { recursive: true, force: true });
    const generated = await command(started, 'node_modules/next/dist/bin/next', 'typegen');
    if (generated.failed > 0) return generated;
    return command(started, 'node_modules/typescript/bin/tsc', '--noEmit');
  },
};

/** Checks that the lock file names no hosts: it would work only where those can be reached. */
export const lockFile: Suite = {
  name: 'lock file',
  run: async () => {
    const { packages } = lock.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));
    const named = Object.keys(packages).filter((path) => packages[path]?.resolved);
    if (named.length === 0) return one(true);
    console.error(
      `package-lock.json says where to download ${named.slice(0, 3).join(', ')}: see .npmrc, and install anew`,
    );
    return one(false);
  },
};

/** Builds pages and programs, as one test, so that the walkthroughs need not wait for it. */
export const build: Suite = {
  name: 'build',
  run: async (started) => {
    if (isBuilt()) return one(true);
    const builds = startBuild(process.env);
    for (const { running } of builds) started(running);
    return finishBuild(builds).then(
      () => one(true),
      () => one(false), // its own messages say why
    );
  },
};

/** Unit and integration tests, on embedded servers of their own. */
export const unit: Suite = {
  name: 'unit and integration',
  run: (started) =>
    withReport(async (file) => {
      const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
      const exit = await node(started, {}, 'node_modules/vitest/vitest.mjs', ...args);
      return readVitest(file, exit);
    }),
};

/**
 * Walkthroughs in Chromium. `args` go to Playwright, such as a file name or `--headed`. Filming them takes a third of the
 * processor, so it is for those who want to look.
 */
export function walkthroughs(args: string[], { areFilmed }: { areFilmed: boolean }): Suite {
  return {
    name: 'walkthroughs',
    run: (started) =>
      withReport(async (file) => {
        const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: file, ...(areFilmed && { FILM: '1' }) };
        const cli = 'node_modules/@playwright/test/cli.js';
        const exit = await node(started, env, cli, 'test', '--reporter=list,json', ...args);
        return readPlaywright(file, exit);
      }),
  };
}

const lock = z.object({ packages: z.record(z.string(), z.object({ resolved: z.string().optional() })) });

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()) }),
      ),
    }),
  ),
});

function readVitest(file: string, exit: Exit): Tally {
  const report = parse(file, vitestReport);
  if (!report) return one(false);
  // A file that cannot be loaded, and one whose preparations fail, have no failed test to count.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((each) => each.status === 'failed'),
  );
  const failures = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) =>
        failure(`${relative(ROOT, name)}: ${fullName}`, failureMessages),
      ),
  );
  return honest(exit, {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests,
    failures: [...failures, ...broken.map(({ name, message }) => failure(relative(ROOT, name), [message]))],
  });
}

const playwrightResult = z.object({ errors: z.array(z.object({ message: z.string() })) });
const playwrightSpec = z.object({
  ...{ file: z.string(), title: z.string(), ok: z.boolean() },
  tests: z.array(z.object({ results: z.array(playwrightResult) })),
});
type PlaywrightSuite = { specs: z.infer<typeof playwrightSpec>[]; suites?: PlaywrightSuite[] | undefined };
const playwrightSuite: z.ZodType<PlaywrightSuite> = z.object({
  specs: z.array(playwrightSpec),
  get suites() {
    return z.array(playwrightSuite).optional();
  },
});
const playwrightReport = z.object({
  suites: z.array(playwrightSuite),
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  errors: z.array(z.unknown()),
});

function readPlaywright(file: string, exit: Exit): Tally {
  const report = parse(file, playwrightReport);
  if (!report) return one(false);
  const { expected, unexpected, flaky, skipped } = report.stats;
  return honest(exit, {
    passed: expected,
    failed: unexpected + flaky + report.errors.length,
    skipped,
    failures: report.suites.flatMap(failuresIn),
  });
}

function failuresIn({ specs, suites = [] }: PlaywrightSuite): string[] {
  const failed = specs.filter(({ ok }) => !ok);
  const messages = failed.map(({ file, title, tests }) => {
    const errors = tests.flatMap(({ results }) => results.flatMap((result) => result.errors));
    return failure(
      `e2e/${file}: ${title}`,
      errors.map(({ message }) => message),
    );
  });
  return [...messages, ...suites.flatMap(failuresIn)];
}

const LINES = 12; // of one failure: the rest stands where the test ran

/** The name of a test, and below it how it failed. */
function failure(name: string, messages: string[]): string {
  const lines = messages.flatMap((message) => stripVTControlCharacters(message).split('\n'));
  const told = lines.filter((line) => line.trim() !== '').slice(0, LINES);
  return [name, ...told.map((line) => `    ${line}`)].join('\n');
}

// Counts a failure when the exit code says so and no test does. There may have been no tests, or something outside the
// tests may have failed, such as a teardown.
function honest({ code }: Exit, tally: Tally): Tally {
  const isFine = code === 0 || tally.failed > 0;
  return isFine ? tally : { ...tally, failed: 1 };
}

function parse<T>(file: string, schema: z.ZodType<T>): T | undefined {
  return existsSync(file) ? schema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

async function withReport(work: (file: string) => Promise<Tally>): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'tweet-fanout-report-'));
  try {
    return await work(join(folder, 'report.json'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function command(started: (running: Running) => void, ...args: string[]): Promise<Tally> {
  const { code } = await node(started, {}, ...args);
  return one(code === 0);
}

function node(
  started: (running: Running) => void,
  env: Record<string, string>,
  ...args: string[]
): Promise<Exit> {
  const running = startProgram({
    name: args[0] ?? '',
    command: process.execPath,
    args,
    cwd: ROOT,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...env },
    output: 'terminal',
  });
  started(running);
  return running.exited;
}

function one(passed: boolean): Tally {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0, failures: [] };
}
