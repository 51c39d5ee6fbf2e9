import { postUnderCopies } from './delivered-twice.ts';
import { ALL_BROKERS, DELIVERED_ONCE, isInOrder, type StageExperiment } from './experiment.ts';

/** The same as delivered-twice.ts without the receipt. The checker must find tweets that are in timelines twice. */
export const withoutReceipt: StageExperiment = {
  info: {
    id: 'without-receipt',
    title: 'Everything twice, and no receipt',
    statement: 'Without a receipt beside the data, at least once means sometimes twice.',
    question:
      'The same again, but the push no longer looks for a receipt. Every message is handed out twice at the same time. What do the followers get?',
    answers: DELIVERED_ONCE.answers,
    breaks:
      'Lets the workers of the stage handle every message twice at once, and push without looking for the receipt.',
    why: 'Two workers hold the same chunk and both push it: the ledger learns only afterwards that it was done. Only a receipt that is written in the same step as the push can tell (core/lua/deliver.lua; here lab/stage/changes.ts answers its question with no).',
    decision: 'docs/lab.md',
    size: { of: 'small tweets beside the large one', usual: 20, most: 200 },
    takes: 20,
    brokers: ALL_BROKERS,
  },
  needs: { changes: ['handed out twice', 'without receipt'] },
  mustFail: true,
  run: async (run) => ({
    ...(await postUnderCopies(run)),
    mustFind: (counted) => counted.twice > 0 && isInOrder({ ...counted, twice: 0 }),
  }),
};
