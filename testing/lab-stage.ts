import type { Channel } from '#api/lab-link.ts';
import type { LabState } from '#core/lab/lab-state.ts';
import type { FromSupervisor } from '#core/lab/messages.ts';
import type { StageFigures } from '#core/lab/stage-figures.ts';
import type { Breakable } from '#dev/faults/inflict.ts';
import { Lab } from '#dev/faults/lab.ts';
import { keepRunning, type Supervised } from '#dev/keep-running.ts';
import { type Program, startProgram } from '#dev/program.ts';
import type { ServerUrls } from '#dev/servers.ts';
import { StartError } from '#dev/start-error.ts';

/** A lab over real processes that only wait. What it does to them is real, and they need no servers. */
export type LabStage = {
  lab: Lab;
  system: Breakable;
  workers: Supervised[];
  webs: Supervised[];
  /** What the web process has printed: every message that it heard. */
  heard: string[];
  /** Starts another process that speaks to the lab as a web process does. */
  startWeb(args?: string[]): ReturnType<typeof startProgram>;
  /** Called with each state that is pushed. */
  onChange: ((message: FromSupervisor) => void)[];
  stop(): Promise<void>;
};

const WAITS = 'setInterval(() => {}, 1e6)';

/** Prints what it hears, and sends what its argument says. */
const WEB = `
  process.on('message', (message) => console.log(JSON.stringify(message)));
  process.send('ready');
  const ask = process.argv[1] && JSON.parse(process.argv[1]);
  if (ask) process.send({ lab: 'ask', number: 7, ask });`;

const FIGURES: StageFigures = {
  ...{ at: '2026-01-01T00:00:00.000Z', jobs: { waiting: 3, inFlight: 1, dead: 0 }, workers: null },
  ...{ invariants: null, delivery: null, chunks: [] },
};

/**
 * Experiments by their names. One goes on until it is ended, one tidies up then, one races, one dies, one freezes a
 * worker and gives up, and one has a stage of its own and waits on it for something.
 */
const SCRIPTS: Record<string, string> = {
  endless: WAITS,
  tidies: `process.on('SIGTERM', () => setTimeout(() => process.exit(), 500));
    process.send({ run: 'moment', text: String(process.pid) });
    ${WAITS}`,
  races: `process.send({ run: 'race', race: { stage: null, heats: [], crashes: [], reads: { pushedMs: 1, pulledMs: 2 } } }); ${WAITS}`,
  dies: 'process.exit(1)',
  freezes: `process.send({ lab: 'ask', number: 1, ask: { do: 'break', by: 'x', order: { kind: 'worker-frozen', worker: 'A', seconds: 300 } } });
    process.on('message', ({ answer }) => {
      process.send({ run: 'moment', text: answer.did });
      process.send({ run: 'failed', reason: 'gave up' }, () => process.exit());
    });`,
  staged: `process.send({ run: 'stage', figures: ${JSON.stringify(FIGURES)} });
    process.send({ run: 'wait', wait: { text: 'a lease', seconds: 60 } });
    ${WAITS}`,
};

const LISTED = {
  run: 'experiments',
  experiments: Object.keys(SCRIPTS).map((id) => ({
    ...{ id, title: id, statement: '', question: '', breaks: '', why: '', file: '', decision: null },
    ...{ answers: [1, 2, 3].map((n) => ({ id: `${n}`, text: '' })), takes: 1, mustFail: false },
    size: { of: 'things', usual: 1, most: 2 },
    ...(id === 'staged'
      ? {
          ...{ place: 'stage', brokers: ['bullmq', 'rabbitmq'] },
          dials: [{ name: 'workers', text: 'workers', least: 1, usual: 2, most: 6 }],
        }
      : { place: 'here', brokers: [], dials: [] }),
  })),
};

/** Starts a web process and the workers A and B. */
export function openLabStage(urls: ServerUrls = NOWHERE): LabStage {
  const heard: string[] = [];
  const onChange: LabStage['onChange'] = [];
  const startWeb = (args: string[] = []) =>
    startNode('web', {
      ...{ args: ['-e', WEB, ...args], output: (line) => heard.push(line) },
      messages: (message, reply) => lab.hear(message, reply),
    });
  const webs = [supervise(() => startWeb())];
  const workers = ['A', 'B'].map(startWorker);
  const system = { ...breakable(webs, workers), urls };
  const lab = new Lab({
    ...{ system, log: () => {} },
    raced: (race) => {
      for (const tell of onChange) tell({ lab: 'race', race });
    },
    changed: (state: LabState) => {
      for (const web of webs) web.send({ lab: 'state', state });
      for (const tell of onChange) tell({ lab: 'state', state });
    },
    stage: (figures) => {
      for (const tell of onChange) tell({ lab: 'stage', figures });
    },
    requireBroker: (broker) => {
      if (broker === 'rabbitmq') throw new StartError('RabbitMQ is not installed.', 'Install it.');
    },
    scripts: {
      start: ([mode = '', id = ''], messages) => {
        const script = mode === 'list' ? `process.send(${JSON.stringify(LISTED)})` : (SCRIPTS[id] ?? '');
        return startNode('experiment', { args: ['-e', script], messages });
      },
    },
  });
  return {
    ...{ lab, system, workers, webs, heard, onChange, startWeb },
    stop: async () => {
      lab.close();
      await Promise.all([...webs, ...workers].map((program) => program.stop(0)));
    },
  };
}

const NOWHERE: ServerUrls = { databaseUrl: '', queueRedisUrl: '', timelineRedisUrl: '' };

function breakable(webs: Supervised[], workers: Supervised[]): Breakable {
  const resizeWorkers = async (count: number) => {
    while (workers.length < count) workers.push(startWorker('ABCDEF'[workers.length] ?? ''));
    await Promise.all(workers.splice(count).map((worker) => worker.stop(0)));
  };
  return {
    programs: { webs, workers, resizeWorkers, replaceWebs: async () => {}, replaceWorkers: async () => {} },
    usualWorkers: 2,
    servers: { queue: undefined, timelines: undefined, postgres: undefined },
    urls: NOWHERE,
    isQueueRedis: true,
    warm: () => ({ done: Promise.resolve(), stop: async () => {} }),
  };
}

const startWorker = (letter: string): Supervised =>
  supervise(() => startNode(`worker ${letter}`, { args: ['-e', WAITS] }));

const supervise = (start: () => ReturnType<typeof startProgram>): Supervised =>
  keepRunning(
    start(),
    async () => start(),
    () => {},
  );

const startNode = (name: string, own: Pick<Program, 'args'> & Partial<Program>) =>
  startProgram({ name, command: process.execPath, output: () => {}, ...own });

/** A channel within this process. The web process of `npm start` has Node's channel instead. */
export function channelTo({ lab, onChange }: Pick<LabStage, 'lab' | 'onChange'>): Channel {
  let tell: (message: object) => void = () => {};
  return {
    send: (message) => lab.hear(message, tell),
    hear: (hear) => {
      tell = hear;
      onChange.push(hear);
      lab.hear('ready', hear);
    },
  };
}
