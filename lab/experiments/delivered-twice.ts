import { readChunks } from '#core/ledger/chunks.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import { ALL_BROKERS, DELIVERED_ONCE, type Outcome, type StageExperiment } from './experiment.ts';
import type { RunStage } from './run-stage.ts';

/** Handles every message twice at once. */
export const deliveredTwice: StageExperiment = {
  info: {
    id: 'delivered-twice',
    title: 'Everything is delivered twice',
    statement:
      'A broker can only promise to deliver at least once. The receipt makes the effect happen once.',
    question:
      'Every message is handed out twice at the same time, as happens when a lease runs out. What do the followers get?',
    answers: DELIVERED_ONCE.answers,
    breaks: 'Lets the workers of the stage handle every message twice at once.',
    why: 'Both read the same followers, because the ledger does not choose between two that hold a chunk. One pushes and writes the receipt in the same step; the other finds the receipt and adds nothing (core/lua/deliver.lua).',
    decision: 'docs/decisions/006-the-epoch-of-a-timeline-store.md',
    size: { of: 'small tweets beside the large one', usual: 20, most: 200 },
    takes: 20,
    brokers: ALL_BROKERS,
  },
  needs: { changes: ['handed out twice'] },
  run: postUnderCopies,
};

/** Posts to the largest audience and to small ones, while every message is handled twice. */
export async function postUnderCopies(run: RunStage): Promise<Outcome> {
  const large = run.show(await run.post(run.largest));
  run.note(
    `@${run.largest.handle} has posted to ${run.largest.followerCount.toLocaleString('en')} followers`,
  );
  await run.postMany(run.options.size);
  await run.untilFinished(60_000);
  run.note('everything is delivered');
  const chunks = await readChunks(run.connections.pool, large);
  const copied = chunks.filter(({ attempts, redeliveries }) => attempts + redeliveries > 1).length;
  return {
    answer: DELIVERED_ONCE.answer,
    findings: copied > 0 ? [] : ['no chunk was taken more than once'],
    measured: [
      { name: 'chunks of the large tweet', value: String(chunks.length) },
      {
        name: 'of these taken more than once',
        value: String(copied),
      },
      {
        name: 'copies that came too late and were ignored',
        value: String(sumOf(chunks, (chunk) => chunk.redeliveries)),
      },
    ],
  };
}
