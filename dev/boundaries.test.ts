import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ROOT } from './paths.ts';

/** What each folder must not import, by alias, by relative path and by package. */
const FORBIDDEN = {
  core: sources(
    '#api/x.ts ../api/x.ts hono @hono/zod-openapi #app/x.ts #worker/x.ts #broker/port.ts #dev/x.ts #lab/x.ts #testing/x.ts ../app/x.ts ../worker/x.ts ../broker/port.ts ../dev/x.ts ../lab/x.ts ../testing/x.ts next next/server react react-dom react-dom/server bullmq amqplib @aws-sdk/client-sqs',
  ),
  broker: sources(
    '#api/x.ts ../api/x.ts #app/x.ts #worker/x.ts #core/postgres.ts #core/ledger/x.ts #prisma/client/client.ts #dev/x.ts #lab/x.ts #testing/x.ts ../app/x.ts ../worker/x.ts ../core/postgres.ts next react',
  ),
  app: sources(
    '#worker/x.ts #dev/x.ts #lab/x.ts #testing/x.ts ../worker/x.ts ../dev/x.ts ../lab/x.ts ../testing/x.ts bullmq amqplib @aws-sdk/client-sqs',
  ),
  api: sources(
    '#app/x.ts #worker/x.ts #dev/x.ts #lab/x.ts #testing/x.ts ../app/x.ts ../worker/x.ts ../dev/x.ts ../lab/x.ts ../testing/x.ts next/server react react-dom bullmq amqplib @aws-sdk/client-sqs',
  ),
  worker: sources(
    '#api/x.ts ../api/x.ts #app/x.ts #dev/x.ts #lab/x.ts #testing/x.ts ../app/x.ts ../dev/x.ts ../lab/x.ts ../testing/x.ts next next/server react react-dom bullmq amqplib @aws-sdk/client-sqs',
  ),
  dev: sources('#lab/x.ts #testing/x.ts ../lab/x.ts ../testing/x.ts'),
  testing: sources('#lab/x.ts ../lab/x.ts'),
  prisma: sources('#api/x.ts #worker/x.ts #broker/x.ts #dev/x.ts #lab/x.ts #testing/x.ts'),
};
const ALLOWED = {
  core: sources('#core/x.ts #core/lab/x.ts #prisma/client/client.ts pg'),
  broker: sources(
    '#core/messages.ts #core/backoff.ts #core/durations.ts #core/url-variable.ts #core/store-url.ts #broker/port.ts bullmq amqplib @aws-sdk/client-sqs',
  ),
  api: sources('#core/x.ts #core/lab/x.ts #broker/port.ts next hono @hono/zod-openapi'),
  app: sources(
    '#api/x.ts #core/x.ts #core/lab/x.ts #app/(pages)/lab/x.ts #broker/port.ts next react react-dom hono/client',
  ),
  worker: sources('#core/x.ts #broker/port.ts'),
  dev: sources('#core/x.ts #core/lab/x.ts #api/x.ts #worker/x.ts #broker/port.ts #prisma/migrate.ts'),
  testing: sources('#core/x.ts #core/lab/x.ts #worker/x.ts #dev/x.ts #prisma/migrate.ts'),
  lab: sources('#core/x.ts #api/x.ts #worker/x.ts #dev/x.ts #testing/x.ts'),
};
const SYNTAX = {
  import: (source: string) => `import '${source}';\n`,
  'import type': (source: string) => `import type { X } from '${source}';\nexport type Y = X;\n`,
  're-export': (source: string) => `export * from '${source}';\n`,
  'dynamic import': (source: string) => `export const x = () => import('${source}');\n`,
};

type Case = { folder: string; source: string; ending: string };

const forbidden = casesOf(FORBIDDEN);
const allowed = [...casesOf(ALLOWED), { folder: 'core', source: '#worker/x.ts', ending: '.test.ts' }];

let copy: string;
let reported: Set<string>;

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'tweet-fanout-boundaries-'));
  for (const file of ['biome.json', '.gitignore']) cpSync(join(ROOT, file), join(copy, file));
  for (const example of [...forbidden, ...allowed]) writeInEverySyntax(example);
  reported = await lint(copy);
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('an import across a boundary is an error, however it is written', () => {
  test.each(forbidden)('$folder must not use $source', (example) => {
    expect(filesOf(example).filter((file) => !reported.has(file))).toEqual([]);
  });
});

describe('an import along the arrows is none', () => {
  test.each(allowed)('$folder/*$ending may use $source', (example) => {
    expect(filesOf(example).filter((file) => reported.has(file))).toEqual([]);
  });
});

function sources(list: string): string[] {
  return list.split(' ');
}

function casesOf(folders: Record<string, string[]>): Case[] {
  return Object.entries(folders).flatMap(([folder, list]) =>
    list.map((source) => ({ folder, source, ending: '.ts' })),
  );
}

function filesOf({ folder, source, ending }: Case): string[] {
  return Object.keys(SYNTAX).map(
    (syntax) => `${folder}/${`${syntax} ${source}`.replace(/\W+/g, '-')}${ending}`,
  );
}

function writeInEverySyntax(example: Case) {
  mkdirSync(join(copy, example.folder), { recursive: true });
  const files = filesOf(example);
  Object.values(SYNTAX).forEach((write, index) => {
    writeFileSync(join(copy, files[index] ?? ''), write(example.source));
  });
}

const report = z.object({
  diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
});

/** The files in which biome reports a forbidden import. */
async function lint(folder: string): Promise<Set<string>> {
  const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
  const options = [
    'lint',
    '--reporter=json',
    '--max-diagnostics=none',
    '--only=style/noRestrictedImports',
    '.',
  ];
  const output = await new Promise<string>((resolve) => {
    // Biome exits with 1 when it finds something. Here it must find something, so that is no error.
    execFile(process.execPath, [biome, ...options], { cwd: folder }, (_error, stdout) => resolve(stdout));
  });
  const { diagnostics } = report.parse(JSON.parse(output));
  return new Set(diagnostics.filter(isBoundary).map((diagnostic) => diagnostic.location.path));
}

function isBoundary({ category }: { category: string }) {
  return category === 'lint/style/noRestrictedImports';
}
