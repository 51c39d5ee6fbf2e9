import { Cleanup } from '#lab/harness/cleanup.ts';
import { connect } from '#lab/stage/connect.ts';
import { checkRun } from './check-run.ts';
import type { Experiment } from './experiment.ts';
import { EXPERIMENTS, listed } from './experiments.ts';
import { RunStage } from './run-stage.ts';
import { Supervisor } from './supervisor.ts';
import { warmAll } from './warm-all.ts';

/**
 * The process of an experiment: `list`, `warm`, or `run ID SEED SIZE`, each behind the address of the application. The
 * supervisor starts it, and hears from it by messages.
 */
async function main([mode, url = '', id = '', seed = '1', size = '1']: string[]): Promise<void> {
  const supervisor = new Supervisor();
  if (mode === 'list') return supervisor.reportLast({ run: 'experiments', experiments: listed() });
  const cleanup = new Cleanup();
  process.on('SIGTERM', () => void cleanup.run().finally(() => process.exit(143))); // broken off
  const connections = connect({}, { env: process.env, onEnd: cleanup.add }, CONNECTION);
  try {
    if (mode === 'warm') {
      await warmAll(connections, (text) => supervisor.report({ run: 'progress', text }));
      return;
    }
    const experiment = EXPERIMENTS.find(({ info }) => info.id === id);
    if (!experiment) throw new Error(`Expected an experiment, got ${id}`);
    const options = { title: experiment.info.title, seed: Number(seed), size: Number(size) };
    await play(
      experiment,
      await RunStage.open({ ...options, url, connections, supervisor, onEnd: cleanup.add }),
      supervisor,
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await supervisor.reportLast({ run: 'failed', reason });
  } finally {
    await cleanup.run();
  }
}

/** Faults leave connections of this name alone, see dev/faults/inflict.ts. */
const CONNECTION = 'lab';

async function play(experiment: Experiment, stage: RunStage, supervisor: Supervisor): Promise<void> {
  const outcome = await experiment.run(stage);
  supervisor.report({ run: 'checking' });
  const verdict = await checkRun(stage, outcome);
  await supervisor.reportLast({ run: 'verdict', verdict });
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
