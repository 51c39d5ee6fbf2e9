import { countWorkers } from '#core/ledger/workers.ts';
import { until } from '#dev/ports.ts';
import { DELIVERED_ONCE, type Experiment } from './experiment.ts';
import { breakInMidChunk } from './in-mid-chunk.ts';

const LONGEST = 60; // s; healed as soon as the others have delivered everything

/** Freezes a worker that holds chunks until others have delivered them. Then the worker goes on with these chunks. */
export const workerFrozen: Experiment = {
  info: {
    id: 'worker-frozen',
    title: 'A worker freezes and comes back',
    statement: 'A worker that is thought dead may be alive: it goes on with what it knew before.',
    question:
      'A worker freezes with chunks in hand. Others take them over and deliver them. Then it wakes up and delivers them too. What do the followers see?',
    answers: DELIVERED_ONCE.answers,
    breaks: 'Freezes the worker that holds chunks of the tweet until the others have delivered all of them.',
    why: 'The worker that wakes up runs its push, finds the receipt of whoever delivered the chunk meanwhile, and adds nothing. Who holds a lease does not matter, because the receipt is in the same step as the push (core/lua/deliver.lua).',
    decision: 'docs/decisions/006-the-epoch-of-a-timeline-store.md',
    size: { of: 'workers frozen', usual: 1, most: 1 },
    takes: 30,
  },
  async run(stage) {
    const { pool } = stage.connections;
    const before = await countWorkers(pool);
    const { chunks, again } = await breakInMidChunk(stage, async ({ worker, chunks: held }) => {
      const fault = await stage.cause({ kind: 'worker-frozen', worker, seconds: LONGEST });
      stage.note(`worker ${worker} is frozen with ${held === 1 ? '1 chunk' : `${held} chunks`} in hand`);
      await stage.untilFinished(LONGEST * 1_000);
      stage.note('the others have delivered all chunks: it wakes up');
      await fault.heal();
      await until(async () => {
        if ((await countWorkers(pool)) < before) throw new Error(`Expected worker ${worker} to report again`);
      }, 15_000);
    });
    return {
      answer: DELIVERED_ONCE.answer,
      measured: [
        { name: 'chunks in hand when it froze', value: String(chunks) },
        {
          name: 'chunks that another worker took over',
          value: String(again),
        },
      ],
    };
  },
};
