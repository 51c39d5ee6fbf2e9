import { DELIVERED_ONCE, type Experiment } from './experiment.ts';
import { breakInMidChunk } from './in-mid-chunk.ts';

const AWAY = 8; // s; by then other workers have taken over

/** Kills a worker that holds chunks of a tweet to the largest audience. */
export const workerKilled: Experiment = {
  info: {
    id: 'worker-killed',
    title: 'A worker is killed in mid-chunk',
    statement: 'A broker delivers at least once; a receipt beside the data makes the effect happen once.',
    question:
      'A worker is pushing a tweet onto thousands of timelines and is killed in the middle. What do the followers of its chunk get?',
    answers: DELIVERED_ONCE.answers,
    breaks: 'Kills the worker that holds chunks of the tweet, for 8 s.',
    why: 'A chunk is one Lua call that pushes and writes a receipt, or does neither. Its message was never acknowledged, so another worker gets it; where the receipt is there already, it pushes nothing (core/lua/deliver.lua).',
    decision: 'docs/decisions/016-a-message-carries-four-chunks.md',
    size: { of: 'workers killed', usual: 1, most: 1 },
    takes: 20,
  },
  async run(stage) {
    const { chunks, records, again } = await breakInMidChunk(stage, async ({ worker, chunks: held }) => {
      const fault = await stage.cause({ kind: 'worker-killed', worker, seconds: AWAY });
      stage.note(`worker ${worker} is killed with ${held === 1 ? '1 chunk' : `${held} chunks`} in hand`);
      await stage.untilFinished(60_000);
      stage.note('all chunks are delivered');
      await fault.heal();
    });
    const ignored = records.reduce((sum, { redeliveries }) => sum + redeliveries, 0);
    return {
      answer: DELIVERED_ONCE.answer,
      measured: [
        { name: 'chunks in hand when it was killed', value: String(chunks) },
        { name: 'chunks that another attempt delivered', value: String(again) },
        { name: 'chunks that came again and were ignored', value: String(ignored) },
      ],
    };
  },
};
