import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, Service } from 'kubernetes-models/v1';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { installCommand, installDebian } from '#dev/debian-packages.ts';
import { ROOT } from '#dev/paths.ts';
import { freePort } from '#dev/ports.ts';
import { startProgram } from '#dev/program.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { contextFiles, copyOf, filesOf, readStages, replayStage } from '#testing/dockerfile.ts';
import { openWorld, type World } from '#testing/world.ts';

/*
 * No container runs here. What can be checked without one is: what the image would hold, by replaying the steps of its last
 * stage in a folder and starting its programs from there; compose.yaml by the real program; the Kustomize base by the real
 * program and the schemas of Kubernetes. REPLAY_IMAGE=1 replays all stages, with npm and the build.
 */

/** The folders whose sources the image holds as JavaScript. */
const SOURCES = ['api', 'broker', 'core', 'prisma', 'worker'];

const folder = openTempFolder('image');
const stages = readStages(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'));
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
  folder.remove();
});

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The program is that of this machine, or comes from Debian where this user may install. */
function requireProgram(name: string): void {
  const isThere = () => spawnSync('which', [name]).status === 0;
  if (isThere() || (installDebian([name]) && isThere())) return;
  throw new Error(`${name} is not installed, and could not be: ${installCommand([name])}`);
}

describe('the image', () => {
  const copies = stages.flatMap(({ steps }) => steps.filter(({ op }) => op === 'COPY').map(copyOf));
  const context = contextFiles();
  const sources = copies.filter(({ from }) => from === null).flatMap((copy) => copy.sources);

  it.each([...new Set(sources)])('gets %s, which .dockerignore lets through', (source) => {
    expect(filesOf(source, context).length).toBeGreaterThan(0);
  });

  it('gets no tests, no data, no secrets, and nothing that no step copies', () => {
    expect(context.filter((file) => /\.test\.tsx?$|^secrets|^\.data|^\.env/.test(file))).toEqual([]);
    const copied = new Set(sources.flatMap((source) => filesOf(source, context)));
    expect(context.filter((file) => !copied.has(file))).toEqual([]);
  });

  it('has every package that its sources import', () => {
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')));
    const removed =
      /rm -rf (.*)$/.exec(stages.find(({ name }) => name === 'pruned')?.steps.at(-1)?.rest ?? '')?.[1] ?? '';
    const gone = removed.split(/\s+/).map((path) => path.replace('node_modules/', ''));
    const packages = new Set(
      context
        .filter((file) => /^(api|app|broker|core|prisma|worker)\/.*\.tsx?$/.test(file))
        .flatMap((file) => packagesIn(read(file))),
    );
    expect([...packages].filter((name) => !(name in dependencies))).toEqual([]);
    expect(
      [...packages].filter((name) => gone.some((each) => name === each || name.startsWith(`${each}/`))),
    ).toEqual([]);
    expect(packages.size).toBeGreaterThan(15);
  });

  it('has all that its processes import, and migrates and delivers on the servers that it is given', async () => {
    // The packages are those of this clone: what npm would leave of them is what the test before looks at.
    const { workDir, env } = replayStage(stages, 'run', {
      dir: folder.dir,
      run: () => {
        throw new Error('Expected no RUN in the last stage');
      },
      fromStage: (path, to) => {
        const name = path.replace('/app/', '');
        if (name === 'compiled/') compileContext(to);
        else if (existsSync(join(ROOT, name))) symlinkSync(join(ROOT, name), to); // pages need no build here
      },
    });
    const start = (file: string, given: Record<string, string>) =>
      program([file], workDir, { ...env, ...urls(), ...given });
    // Without a variable a web process ends as soon as it has imported everything.
    const web = await ended(start('api/main.js', { SESSION_SECRET: '' }));
    expect(web).toMatchObject({ code: 78, said: expect.stringMatching(/^ {2}SESSION_SECRET: Expected/m) });
    const fresh = { DATABASE_URL: world.databaseUrl.replace(/[^/]+$/, `image_${process.pid}`) };
    const migrated = await ended(start('prisma/main.js', fresh));
    expect(migrated).toMatchObject({
      code: 0,
      said: expect.stringContaining('migrated: 20261124000000_init'),
    });
    const worker = start('worker/main.js', fresh);
    await worker.says(/takes deliveries/);
    expect(await ended(worker, 'SIGTERM')).toMatchObject({ code: 0 });
    await world.postgres.pool.query(`DROP DATABASE image_${process.pid} WITH (FORCE)`);
  }, 120_000);

  /** Compiles the sources that the build gets, and no others. */
  function compileContext(to: string): void {
    const got = join(folder.dir, 'context');
    const folders = new RegExp(`^(${SOURCES.join('|')})/|^package.json$`);
    for (const file of context.filter((each) => folders.test(each)))
      cpSync(join(ROOT, file), join(got, file));
    cpSync(join(ROOT, 'prisma/client'), join(got, 'prisma/client'), { recursive: true });
    execFileSync(process.execPath, [join(ROOT, 'dev/compile.mjs'), to, ...SOURCES], { cwd: got });
  }

  const urls = () => ({
    ...{ QUEUE_REDIS_URL: world.queueRedisUrl, TIMELINE_REDIS_URL: world.timelineRedisUrl },
    SESSION_SECRET: 'nobody signs in to this',
  });

  it.runIf(process.env.REPLAY_IMAGE)(
    'is made by its steps, and answers',
    async () => {
      const replayed = replayStage(stages, 'run', {
        dir: join(folder.dir, 'all'),
        run: (command, cwd, env) =>
          void execFileSync('sh', ['-ec', command], {
            cwd,
            // As in a container, where nobody has said which environment this is.
            env: { ...process.env, NODE_ENV: 'development', ...env },
            stdio: 'inherit',
          }),
      });
      expect(existsSync(join(replayed.workDir, 'node_modules/vitest'))).toBe(false);
      const env = { ...replayed.env, ...urls(), DATABASE_URL: world.databaseUrl };
      const [, ...args] = replayed.command;
      const port = `${await freePort()}`;
      const web = program(
        args.map((arg) => (arg === '3000' ? port : arg)),
        replayed.workDir,
        env,
      );
      await web.answers(`http://127.0.0.1:${port}/readyz`);
      const page = await fetch(`http://127.0.0.1:${port}/learn`);
      expect(page.status).toBe(200);
      expect(await ended(web, 'SIGTERM')).toMatchObject({ code: 0 });
      rmSync(join(folder.dir, 'all'), { recursive: true, force: true });
    },
    600_000,
  );
});

type Started = ReturnType<typeof program>;

function program(args: string[], cwd: string, env: Record<string, string>) {
  const lines: string[] = [];
  const began = performance.now();
  const running = startProgram({
    ...{ name: args.join(' '), command: process.execPath, args, cwd },
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    output: (line) => lines.push(line),
  });
  const until = async (isDone: () => boolean | Promise<boolean>) => {
    await expect.poll(isDone, { timeout: 40_000, interval: 20 }).toBe(true);
    return performance.now() - began;
  };
  return {
    running,
    said: () => lines.join('\n'),
    says: (pattern: RegExp) => until(() => pattern.test(lines.join('\n'))),
    answers: (url: string) => until(async () => (await fetch(url).catch(() => null))?.ok ?? false),
  };
}

async function ended({ running, said }: Started, signal?: 'SIGTERM') {
  const { code } = signal ? await running.stop(10_000) : await running.exited;
  return { code, said: said() };
}

const NEXTS_OWN = ['server-only']; // which it resolves itself

/** The packages that a source imports, types aside: they are gone when it runs. */
function packagesIn(source: string): string[] {
  const imports = [
    ...source.matchAll(
      /^(?:import|export)\s+(?!type\b)[^'"]*?from\s+'([^'#.][^']*)'|^import '([^'#.][^']*)'/gm,
    ),
  ];
  return imports
    .map(([, from, bare]) => (from ?? bare ?? '').split('/'))
    .map(([scope = '', name]) => (scope.startsWith('@') ? `${scope}/${name}` : scope))
    .filter((name) => !name.startsWith('node:') && ![...builtinModules, ...NEXTS_OWN, ''].includes(name));
}

describe('compose.yaml', () => {
  it('is understood by docker-compose, with every profile', () => {
    requireProgram('docker-compose');
    const profiles = ['rabbitmq', 'cluster', 'observability'].flatMap((name) => ['--profile', name]);
    const config = spawnSync('docker-compose', [...profiles, '-f', 'compose.yaml', 'config'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(config.stderr).toBe('');
    expect(config.status).toBe(0);
    expect(config.stdout).toContain('haproxy:3.0');
  }, 120_000);

  it('mounts files that are there, and secrets that are not in the repository', () => {
    const text = read('compose.yaml');
    const mounts = [...text.matchAll(/\.\/(ops\/[\w./-]+):/g)].map(([, file = '']) => file);
    expect(mounts.length).toBeGreaterThan(1);
    expect(mounts.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    expect(read('.gitignore')).toContain('secrets/');
  });
});

const KINDS = {
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  Ingress,
  PodDisruptionBudget,
  ConfigMap,
  Namespace,
  Service,
};

const object = z.looseObject({
  kind: z.enum(Object.keys(KINDS) as (keyof typeof KINDS)[]),
  metadata: z.looseObject({ name: z.string() }),
});

describe('the Kustomize base', () => {
  const build = () => {
    const built = spawnSync('kustomize', ['build', join(ROOT, 'ops/kubernetes')], { encoding: 'utf8' });
    expect(built.stderr).toBe('');
    return parseAllDocuments(built.stdout).map((document) => object.parse(document.toJS()));
  };

  it('builds, and every object is as the schemas of Kubernetes want it', () => {
    requireProgram('kustomize');
    const objects = build();
    expect(objects.map(({ kind }) => kind).sort()).toEqual([
      ...[
        'ConfigMap',
        'Deployment',
        'Deployment',
        'HorizontalPodAutoscaler',
        'HorizontalPodAutoscaler',
        'Ingress',
      ],
      ...['Job', 'Namespace', 'PodDisruptionBudget', 'PodDisruptionBudget', 'Service'],
    ]);
    for (const each of objects) new KINDS[each.kind](each as never).validate();
  }, 120_000);

  it('asks for paths and figures that the processes have, and runs files that the image has', () => {
    const text = JSON.stringify(build());
    const paths = [...text.matchAll(/"httpGet":\{"path":"(\/\w+)"/g)].map(([, path]) => path);
    expect(new Set(paths)).toEqual(new Set(['/healthz', '/readyz']));
    expect(read('api/metrics.ts')).toContain("'fan_out_deliveries'");
    const files = [...text.matchAll(/"([\w/]+)\.js"/g)].map(([, file = '']) => `${file}.ts`);
    expect(new Set(files)).toEqual(new Set(['prisma/main.ts', 'worker/main.ts']));
    expect(files.every((file) => contextFiles().includes(file))).toBe(true);
    expect(text).not.toMatch(/password|postgres:\/\//i);
  });
});
