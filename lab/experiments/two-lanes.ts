import { postUntilBehind } from './celebrity-first.ts';
import type { StageExperiment } from './experiment.ts';
import { LANES_INFO, LANES_NEEDS, untilPlanned } from './one-lane.ts';

/** The same people, chunks and handlers as in one-lane.ts, with the product's own two lanes. */
export const twoLanes: StageExperiment = {
  info: {
    ...LANES_INFO,
    id: 'two-lanes',
    title: 'A celebrity first, in two lanes',
    statement: 'With a lane of their own, light jobs do not notice the heavy one.',
    breaks: 'Nothing. It only posts, on a stage like that of the experiment with one lane.',
    why: 'Fan-outs that fit one chunk are delivered by the consumer that takes them; the chunks of a large one go to a queue of their own with consumers of their own (worker/lanes.ts).',
  },
  needs: LANES_NEEDS,
  run: (run) => postUntilBehind(run, untilPlanned(run)),
};
