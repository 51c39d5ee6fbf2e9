import { get } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { openWorld, type World } from '#testing/world.ts';
import { keepRunning, type Supervised } from './keep-running.ts';
import { type ListeningSocket, takePort } from './listening-socket.ts';
import { nodeArgs, ROOT } from './paths.ts';
import { freePort, until } from './ports.ts';
import { startProgram } from './program.ts';

/** These tests start processes. On a busy machine each takes several seconds. */
const PATIENT = { timeout: 60_000 };
const LIMITS = { readyMs: 20_000, stopMs: 2_400 };

let world: World;
let socket: ListeningSocket;
const webs: Supervised[] = [];
beforeAll(async () => {
  world = await openWorld();
  socket = await takePort(await freePort());
  for (const name of ['web', 'web 2'])
    webs.push(
      keepRunning(
        start(name),
        async () => start(name),
        () => {},
      ),
    );
  await until(() => ask('/healthz'), LIMITS.readyMs);
});
afterAll(async () => {
  await Promise.all(webs.map((web) => web.stop(LIMITS.stopMs)));
  socket.close();
  await world.close();
});

function start(name: string) {
  return startProgram({
    ...{ name, command: process.execPath, cwd: ROOT, socket, output: () => {} },
    args: nodeArgs('testing/web-process.ts'),
    env: {
      ...process.env,
      ...{ DATABASE_URL: world.databaseUrl, SESSION_SECRET: 'a secret of the tests' },
      ...{ QUEUE_REDIS_URL: world.queueRedisUrl, TIMELINE_REDIS_URL: world.timelineRedisUrl },
    },
  });
}

const ask = (path: string) => fetch(`http://127.0.0.1:${socket.port}${path}`);

/** Asks over a connection of its own, and resolves with the status. */
const askAnew = (path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get({ port: socket.port, host: '127.0.0.1', path, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', reject);
  });

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Asks again and again over connections that are kept. Returns how to stop it, which counts each kind of answer. */
function keepAsking(path: string): () => Promise<Record<string, number>> {
  const answers: Record<string, number> = {};
  let stopped = false;
  const asking = (async () => {
    while (!stopped) {
      const answer = await ask(path).then(
        async (response) => `${response.status} ${typeof (await response.text())}`,
        (error: Error) => `${error.message}: ${error.cause}`,
      );
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
    return answers;
  })();
  return () => {
    stopped = true;
    return asking;
  };
}

it('replaces two web processes one by one, and refuses no request meanwhile', PATIENT, async () => {
  const before = webs.map((web) => web.pid());
  const stops = ['/healthz', '/api/schedules', '/', '/api/accounts'].flatMap((path) => [
    keepAsking(path),
    keepAsking(path),
  ]);
  for (const web of webs) await web.replace(LIMITS);
  const answers = await Promise.all(stops.map((stop) => stop()));
  for (const answer of answers) expect(answer).toEqual({ '200 string': expect.any(Number) });
  expect(webs.map((web) => web.pid())).not.toEqual(before);
});

it(
  'lets those who connect wait, and refuses none, while the only web process is killed and starts again',
  PATIENT,
  async () => {
    const [web, other] = webs;
    await other?.stop(LIMITS.stopMs);
    const pid = web?.pid() ?? 0;
    process.kill(pid, 'SIGKILL');
    await eventually(async () => expect(isAlive(pid)).toBe(false));
    const asked = await Promise.all(['/healthz', '/', '/api/accounts'].map(askAnew));
    expect(asked).toEqual([200, 200, 200]);
  },
);

it('goes on with the old process when the new one does not become ready', PATIENT, async () => {
  const broken = startProgram({
    ...{ name: 'broken', command: process.execPath, socket, output: () => {} },
    args: ['-e', 'process.exit(1)'],
  });
  const [web] = webs;
  const pid = web?.pid();
  const supervised = keepRunning(
    start('web 3'),
    async () => broken,
    () => {},
  );
  webs.push(supervised);
  await expect(supervised.replace(LIMITS)).rejects.toThrow('broken was not ready');
  expect(web?.pid()).toBe(pid);
  expect((await ask('/healthz')).status).toBe(200);
});
