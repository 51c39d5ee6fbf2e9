import { z } from 'zod';
import { BROKERS } from '#broker/variables.ts';
import type { Dials } from '#core/lab/experiment.ts';
import { sweepTempFolders } from '#dev/temp-folder.ts';
import { Cleanup } from '#lab/harness/cleanup.ts';
import { connect } from '#lab/stage/connect.ts';
import { beGuest } from '#lab/stage/guest.ts';
import { checkRun } from './check-run.ts';
import { HERE, listed, ON_A_STAGE } from './experiments.ts';
import { RunStage } from './run-stage.ts';
import { Supervisor } from './supervisor.ts';
import { warmAll } from './warm-all.ts';

/**
 * The program of an experiment's process. Its arguments are `list`, `warm` or `run`, the address of the application,
 * and for `run` also ID SEED SIZE BROKER DIALS. The supervisor starts it, and hears from it by messages.
 */
async function main(args: string[]): Promise<void> {
  const [mode, url = '', id = '', seed = '1', size = '1', broker = '', dials = '{}'] = args;
  const supervisor = new Supervisor();
  if (mode === 'list') return supervisor.reportLast({ run: 'experiments', experiments: await listed() });
  const order = {
    seed: Number(seed),
    size: Number(size),
    dials: z.record(z.string(), z.int()).parse(JSON.parse(dials)),
  };
  try {
    if (mode === 'warm') await warm(supervisor);
    else if (id in ON_A_STAGE) await onAStage(supervisor, { ...order, id, broker });
    else await here(supervisor, { ...order, id, url });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await supervisor.reportLast({ run: 'failed', reason });
  }
}

/** Faults spare connections with this name. See dev/faults/inflict.ts. */
const CONNECTION = 'lab';

async function warm(supervisor: Supervisor): Promise<void> {
  await connected((connections) =>
    warmAll(connections, (text) => supervisor.report({ run: 'progress', text })),
  );
}

type Order = { id: string; seed: number; size: number; dials: Dials };

async function here(supervisor: Supervisor, { id, url, ...order }: Order & { url: string }): Promise<void> {
  const experiment = await HERE[id]?.();
  if (!experiment) throw new Error(`Expected an experiment, got ${id}`);
  const { title } = experiment.info;
  await connected(async (connections, onEnd) => {
    const stage = await RunStage.open({ ...order, title, url, connections, supervisor, onEnd });
    const outcome = await experiment.run(stage);
    supervisor.report({ run: 'checking' });
    await supervisor.reportLast({ run: 'verdict', verdict: await checkRun(stage, outcome) });
  });
}

async function onAStage(
  supervisor: Supervisor,
  { id, broker: name, ...order }: Order & { broker: string },
): Promise<void> {
  beGuest();
  const experiment = await ON_A_STAGE[id]?.();
  const broker = BROKERS.find((each) => each === name);
  if (!experiment || !broker) throw new Error(`Expected an experiment and a broker, got ${id} and ${name}`);
  const { playOnStage } = await import('./play-on-stage.ts'); // no other run needs it, and it takes as long to load as all else
  await sweepTempFolders(); // a stage may be left if the machine was switched off during a run
  const report: Supervisor['report'] = (each) => supervisor.report(each);
  const verdict = await playOnStage({ experiment, broker, order, report });
  await supervisor.reportLast({ run: 'verdict', verdict });
}

type Work = (connections: ReturnType<typeof connect>, onEnd: Cleanup['add']) => Promise<unknown>;

async function connected(work: Work): Promise<void> {
  const cleanup = new Cleanup();
  process.on('SIGTERM', () => void cleanup.run().finally(() => process.exit(143))); // the run is broken off
  try {
    await work(connect({}, { env: process.env, onEnd: cleanup.add }, CONNECTION), cleanup.add);
  } finally {
    await cleanup.run();
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
