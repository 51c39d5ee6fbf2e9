import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { logAs } from './log.ts';
import { COMPILED, COMPILED_FOR_TESTS, ROOT } from './paths.ts';
import { type Running, startProgram } from './program.ts';
import { StartError } from './start-error.ts';

/** Something that a build makes. It is finished when its stamp holds the fingerprint of its sources. */
type Product = { name: string; stamp: string; sources: string[]; args: string[] };

/** The folders of which the application runs something: the lab runs experiments, with servers and tools of their own. */
const PROGRAMS = ['api', 'app', 'broker', 'core', 'dev', 'lab', 'prisma', 'testing', 'worker'];

/** Those that are started often, by the supervisor, a stage or tests. Each is bundled. */
const BUNDLES = [
  ...['api/main.ts', 'worker/main.ts', 'lab/experiments/main.ts', 'testing/web-process.ts'],
  ...['lab/stage/changed-worker.ts', 'lab/stage/guard-process.ts'],
  ...[
    'testing/crash-points/child.ts',
    'testing/hanging-worker/child.ts',
    'broker/conformance/child-process.ts',
  ],
];

const PACKAGES = ['package-lock.json', 'package.json'];

const compiled = (folder: string): Omit<Product, 'name'> => ({
  stamp: join(ROOT, folder, 'built-from'),
  sources: [...PROGRAMS, ...PACKAGES],
  args: ['dev/compile.mjs', folder, ...PROGRAMS, ...BUNDLES.map((program) => `--bundle=${program}`)],
});

const PRODUCTS: Record<'pages' | 'programs' | 'tested', Product> = {
  pages: {
    name: 'pages',
    stamp: join(ROOT, '.next', 'built-from'),
    sources: [
      ...['api', 'app', 'broker', 'core', 'prisma/schema.prisma', ...PACKAGES],
      ...['next.config.ts', 'postcss.config.mjs', 'tsconfig.json'],
    ],
    args: ['node_modules/next/dist/bin/next', 'build'],
  },
  programs: { name: 'programs', ...compiled(COMPILED) },
  tested: { name: 'programs for tests', ...compiled(COMPILED_FOR_TESTS) },
};
type ProductName = keyof typeof PRODUCTS;
/** What `npm start` runs. */
const STARTED: ProductName[] = ['pages', 'programs'];

/** True when pages and programs are built, from the sources as they are now. */
export function isBuilt(): boolean {
  return STARTED.every((name) => isCurrent(PRODUCTS[name]));
}

/** What is being built, and the process that does it. */
export type Build = { product: Product; running: Running };

/** Starts to build what is not built; {@link finishBuild} waits for it. They are two so that Ctrl-C can stop the build. */
export function startBuild(env: NodeJS.ProcessEnv, names = STARTED): Build[] {
  const products = names.map((name) => PRODUCTS[name]).filter((product) => !isCurrent(product));
  return products.map((product) => {
    rmSync(product.stamp, { force: true });
    const running = startProgram({
      ...{ name: product.name, command: process.execPath, args: product.args, cwd: ROOT },
      env: { ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
      output: logAs('build'),
    });
    return { product, running };
  });
}

/** Resolves when all is built, and stores the fingerprints of the sources. */
export async function finishBuild(builds: Build[]): Promise<void> {
  const exits = await Promise.all(builds.map(({ running }) => running.exited));
  if (exits.some(({ code }) => code !== 0))
    throw new StartError('The build failed.', 'Its messages are above; `npm run check` says more.');
  for (const { product } of builds) writeFileSync(product.stamp, fingerprint(product));
}

const isCurrent = (product: Product): boolean =>
  existsSync(product.stamp) && readFileSync(product.stamp, 'utf8') === fingerprint(product);

function fingerprint({ sources }: Product): string {
  const hash = createHash('sha256').update(process.version);
  for (const file of sources.flatMap((source) => filesOf(join(ROOT, source)))) {
    hash.update(`\0${relative(ROOT, file)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  const files = readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
  return files.filter((file) => !/\.test\.tsx?$/.test(file));
}
