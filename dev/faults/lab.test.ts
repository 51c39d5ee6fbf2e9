import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FaultOrder } from '#core/lab/faults.ts';
import { fromSupervisor, type LabAnswer, type LabAsk } from '#core/lab/messages.ts';
import { openRedis } from '#core/redis.ts';
import { eventually } from '#testing/eventually.ts';
import { type LabStage, openLabStage } from '#testing/lab-stage.ts';
import { addUsers } from '#testing/people.ts';
import { openWorld } from '#testing/world.ts';
import { keepRunning } from '../keep-running.ts';
import { startRedis } from '../redis.ts';
import { openTempFolder } from '../temp-folder.ts';

const PATIENT = { timeout: 30_000 };

let folder: ReturnType<typeof openTempFolder>;
let stage: LabStage;
let lab: LabStage['lab'];
const stops: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = openTempFolder('lab');
  stage = openLabStage();
  lab = stage.lab;
});

afterEach(async () => {
  await stage.stop();
  await Promise.all(stops.splice(0).map((stop) => stop()));
  folder.remove();
});

const broke = (order: FaultOrder) => lab.ask({ do: 'break', by: 'hana', order });
const refused = (answer: LabAnswer) => (answer.did === 'refuse' ? answer.refusal : undefined);
const pidOf = (letter: string) => stage.workers.find(({ name }) => name === `worker ${letter}`)?.pid() ?? 0;
const healed = () => eventually(async () => expect(lab.state.faults).toEqual([]));

/** The state of a process, as the system tells it: `T` is stopped, `S` sleeps; undefined when there is none. */
function doing(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return undefined;
  }
}

const isLinux = process.platform === 'linux';

test.runIf(isLinux)(
  'a frozen worker heals by its deadline although the web process that asked was killed',
  PATIENT,
  async () => {
    const pid = pidOf('A');
    const asked: LabAsk = {
      do: 'break',
      by: 'hana',
      order: { kind: 'worker-frozen', worker: 'A', seconds: 1 },
    };
    const web = stage.startWeb([JSON.stringify(asked)]);
    await eventually(async () => expect(doing(pid)).toBe('T'));
    web.kill();
    await web.exited;
    expect(lab.state.faults).toMatchObject([{ target: 'worker A', by: 'hana', text: 'worker A is frozen' }]);
    await healed();
    expect(doing(pid)).not.toBe('T');
    expect(lab.state.log.map(({ text }) => text)).toEqual([
      'worker A is frozen: is healed',
      'worker A is frozen for 1 s, by hana',
    ]);
  },
);

test.runIf(isLinux)(
  'a fault whose deadline passed while the machine slept heals by the wall clock',
  PATIENT,
  async () => {
    await broke({ kind: 'worker-frozen', worker: 'A', seconds: 300 });
    const now = Date.now;
    Date.now = () => now() + 301_000; // the monotonic clock stood still
    await healed().finally(() => {
      Date.now = now;
    });
    expect(doing(pidOf('A'))).not.toBe('T');
  },
);

test('a killed worker stays down until it is healed, and is another process then', PATIENT, async () => {
  const pid = pidOf('A');
  await broke({ kind: 'worker-killed', worker: 'A', seconds: 300 });
  expect(isThere(pid)).toBe(false);
  const [fault] = lab.state.faults;
  expect(await lab.ask({ do: 'heal', by: 'hana', fault: fault?.id ?? 0 })).toEqual({ did: 'heal' });
  expect(isThere(pidOf('A'))).toBe(true);
  expect(pidOf('A')).not.toBe(pid);
  expect(refused(await lab.ask({ do: 'heal', by: 'hana', fault: fault?.id ?? 0 }))?.kind).toBe('not-found');
});

test(
  'two faults never hit one thing: the second is refused with what is there, by whom and until when',
  PATIENT,
  async () => {
    const orders: FaultOrder[] = [
      { kind: 'worker-frozen', worker: 'A', seconds: 300 },
      { kind: 'worker-killed', worker: 'A', seconds: 300 },
    ];
    const answers = await Promise.all(orders.map(broke));
    expect(answers.map(({ did }) => did)).toEqual(['break', 'refuse']);
    expect(answers[1] && refused(answers[1])).toEqual({
      kind: 'lab-busy',
      detail: expect.stringMatching(
        /^worker A is frozen until \d\d:\d\d:\d\d UTC, by hana: restore it first$/,
      ),
    });
    expect(refused(await broke({ kind: 'workers-replaced' }))?.kind).toBe('lab-busy');
    expect((await broke({ kind: 'worker-frozen', worker: 'B' })).did).toBe('break');
  },
);

test('workers come and go, and reset brings back as many as usual', PATIENT, async () => {
  for (const count of [5, 0, 3]) {
    expect((await broke({ kind: 'workers-changed', workers: count })).did).toBe('break');
    expect(lab.state.workers).toHaveLength(count);
    expect(lab.state.faults).toHaveLength(1);
  }
  await broke({ kind: 'workers-changed', workers: 2 });
  expect(lab.state.faults).toEqual([]);
  await broke({ kind: 'workers-changed', workers: 0 });
  await broke({ kind: 'web-killed', seconds: 60 });
  expect(await lab.ask({ do: 'reset', by: 'maren' })).toEqual({ did: 'reset' });
  expect(lab.state.faults).toEqual([]);
  expect(lab.state.workers).toEqual(['A', 'B']);
  expect(isThere(stage.webs[0]?.pid() ?? 0)).toBe(true);
});

test('a server that was given is not broken, and the refusal says which and what to do', async () => {
  for (const kind of ['queue-killed', 'queue-emptied', 'timelines-killed', 'postgres-restarted'] as const) {
    const refusal = refused(await broke({ kind }));
    expect(refusal?.kind).toBe('not-embedded');
    expect(refusal?.detail).toMatch(
      /^(queue|timelines|postgres): expected a server that npm start started.* Start without/,
    );
  }
  expect(refused(await broke({ kind: 'worker-killed', worker: 'F' }))?.detail).toContain('got worker F');
});

test('the queue is killed and comes back with its messages; emptied, it has none', PATIENT, async () => {
  const first = await startRedis({ role: 'queue', dataDir: folder.dir });
  const again = () => startRedis({ role: 'queue', dataDir: folder.dir, port: first.port });
  const queue = keepRunning(first, again, () => {});
  stops.push(() => queue.stop(2_000));
  stage.system.servers.queue = queue;
  stage.system.urls.queueRedisUrl = first.url;
  const redis = openRedis(first.url, 'test');
  stops.push(async () => redis.disconnect());
  await redis.lpush('list', 1);
  const pid = queue.pid();
  await broke({ kind: 'queue-killed', seconds: 300 });
  await expect(redis.ping()).rejects.toThrow();
  await lab.reset('hana');
  expect(queue.pid()).not.toBe(pid);
  await eventually(async () => expect(await redis.lrange('list', 0, -1)).toEqual(['1']));
  expect((await broke({ kind: 'queue-emptied' })).did).toBe('break');
  expect(await redis.dbsize()).toBe(0);
  expect(lab.state.faults).toEqual([]);
});

test('a web process hears the state when it is ready, and whenever it has changed', PATIENT, async () => {
  await eventually(async () => expect(stage.heard.length).toBeGreaterThan(0));
  expect(fromSupervisor.parse(JSON.parse(stage.heard[0] ?? ''))).toMatchObject({
    lab: 'state',
    state: { faults: [] },
  });
  await broke({ kind: 'workers-changed', workers: 1 });
  await eventually(async () => expect(stage.heard.at(-1)).toContain('1 worker is to run'));
  expect(fromSupervisor.parse(JSON.parse(stage.heard.at(-1) ?? ''))).toMatchObject({
    state: { workers: ['A'] },
  });
});

test('what no version of a web process says is not obeyed', () => {
  const replies: object[] = [];
  for (const message of [null, 'go', { lab: 'ask' }, { lab: 'ask', number: 1, ask: { do: 'rm' } }])
    lab.hear(message, (reply) => replies.push(reply));
  expect(replies).toEqual([]);
});

test(
  'one experiment at a time: the second hears who runs what, and so does whoever would break something',
  PATIENT,
  async () => {
    const runs = await Promise.all(
      ['hana', 'maren'].map((by) => lab.ask({ do: 'run', by, order: { experiment: 'endless', seed: 3 } })),
    );
    expect(runs.map(({ did }) => did)).toEqual(['run', 'refuse']);
    const second = await lab.ask({ do: 'run', by: 'maren', order: { experiment: 'endless' } });
    expect(refused(second)).toEqual({
      kind: 'lab-busy',
      detail: expect.stringMatching(/^hana has been running “endless” for \d+ s/),
    });
    expect(refused(await broke({ kind: 'worker-killed', worker: 'A' }))?.kind).toBe('lab-busy');
    await lab.reset('maren');
    expect(lab.state.run).toMatchObject({
      state: 'broken off',
      reason: 'reset by maren',
      seed: 3,
      by: 'hana',
    });
  },
);

test('the next experiment begins when the process of the one before has tidied up', PATIENT, async () => {
  await lab.ask({ do: 'run', by: 'hana', order: { experiment: 'tidies' } });
  await eventually(async () => expect(lab.state.run?.moments).toHaveLength(1));
  const pid = Number(lab.state.run?.moments[0]?.text);
  const reset = lab.reset('maren');
  const next = await lab.ask({ do: 'run', by: 'maren', order: { experiment: 'endless' } });
  expect([next.did, isThere(pid)]).toEqual(['run', false]);
  await reset;
});

test('an experiment that was about to begin at a reset does not begin', PATIENT, async () => {
  await lab.ask({ do: 'run', by: 'hana', order: { experiment: 'tidies' } });
  await eventually(async () => expect(lab.state.run?.moments).toHaveLength(1));
  const first = lab.reset('maren');
  const next = lab.ask({ do: 'run', by: 'maren', order: { experiment: 'endless' } });
  await lab.reset('hana');
  expect(refused(await next)).toEqual({
    kind: 'lab-busy',
    detail: 'it was reset before the experiment began: start it again',
  });
  expect(lab.state.run?.experiment).toBe('tidies');
  await first;
});

test.runIf(isLinux)('what an experiment has broken is healed when it gives up', PATIENT, async () => {
  const pid = pidOf('A');
  await lab.ask({ do: 'run', by: 'hana', order: { experiment: 'freezes' } });
  await eventually(async () => expect(lab.state.run?.state).toBe('broken off'));
  await healed();
  expect(doing(pid)).not.toBe('T');
  expect(lab.state.run).toMatchObject({ reason: 'gave up', moments: [{ text: 'break' }] });
});

test('an experiment whose process dies, or that nobody knows, says so', PATIENT, async () => {
  await lab.ask({ do: 'run', by: 'hana', order: { experiment: 'dies' } });
  await eventually(async () => expect(lab.state.run?.state).toBe('broken off'));
  expect(lab.state.run?.reason).toBe('its process ended before a verdict');
  const unknown = await lab.ask({ do: 'run', by: 'hana', order: { experiment: 'nothing' } });
  expect(refused(unknown)).toEqual({
    kind: 'not-found',
    detail: 'experiment: expected one of endless, tidies, races, dies, freezes, staged, got nothing',
  });
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test(
  'an account is pulled by a time in its own row, and pushed again when it is restored',
  PATIENT,
  async () => {
    const world = await openWorld();
    stops.push(() => world.close());
    const { pool } = world.postgres;
    await addUsers(pool, [1, 2]);
    const own = openLabStage(world);
    stops.push(() => own.stop());
    const pull = (order: object) =>
      own.lab.ask({ do: 'break', by: 'hana', order: { kind: 'account-pulled', ...order } });
    const isPulled = async (id: number) =>
      (await pool.query('SELECT FROM "user" WHERE id = $1 AND pulled_until > clock_timestamp()', [id]))
        .rowCount;
    expect(refused(await pull({ account: 'nobody_here' }))?.kind).toBe('not-found');
    await pull({ account: 'user1', seconds: 60 });
    expect(refused(await pull({ account: 'user1' }))?.kind).toBe('lab-busy');
    await pull({ account: 'user2' });
    expect(own.lab.state.faults.map(({ text }) => text)).toEqual(['@user1 is pulled', '@user2 is pulled']);
    expect(await Promise.all([isPulled(1), isPulled(2)])).toEqual([1, 1]);
    await own.lab.ask({ do: 'reset', by: 'hana' });
    expect(await Promise.all([isPulled(1), isPulled(2)])).toEqual([0, 0]);
    expect(own.lab.state.faults).toEqual([]);
  },
);
