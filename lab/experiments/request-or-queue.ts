import { sentenceOf, whereRequestLoses } from '#core/lab/race-result.ts';
import type { Ground } from '#lab/race/lanes.ts';
import { measuredOf } from '#lab/race/measured.ts';
import type { Experiment, Outcome } from './experiment.ts';
import { runRace } from './run-race.ts';
import type { RunStage } from './run-stage.ts';

/** From how many followers on a request takes at least twice as long as a queue. */
export const FROM_HOW_MANY = [
  { id: 'few', text: 'From fewer than a hundred.' },
  { id: 'thousands', text: 'From somewhere between a hundred and ten thousand.' },
  { id: 'many', text: 'From more than ten thousand, or never.' },
] satisfies Experiment['info']['answers'];

/** Races the same tweet: inside the request, as one job, in chunks through the queue, and pulled at read. */
export const requestOrQueue: Experiment = {
  info: {
    id: 'request-or-queue',
    title: 'In the request, or through the queue',
    statement:
      'A request that does the work itself takes longer the more work there is. A queue answers at once and costs a hop, which is not worth it for little work.',
    question:
      'The same tweet is delivered inside the request and through the queue. From how many followers on does its author wait at least twice as long inside the request?',
    answers: FROM_HOW_MANY,
    breaks:
      'Posts up to 25 tweets, and delivers as many more onto timelines that are thrown away. Then it kills three of these ways half-way, which takes one worker of this system. Compare shows it.',
    why: 'POST /api/tweets is one transaction, however many followers there are; the rest is done by workers. The same push inside the request is done sooner, but stays half done for ever when its process dies (core/tweets/post-tweet.ts, lab/bench/sync/ways.ts).',
    decision: 'docs/decisions/008-when-not-to-queue.md',
    size: { of: 'followers at most', usual: 1_000_000, most: 1_000_000 },
    takes: 60,
  },
  run: (stage) => raceOn(stage, onDemo(stage)),
};

const AWAY = 8; // s; by then the others have taken over

/** The demo's own connections, and a worker that the supervisor starts again. */
const onDemo = (stage: RunStage): Ground => ({
  connections: stage.connections,
  stage: null,
  killWorker: async (worker) => {
    const { heal } = await stage.cause({ kind: 'worker-killed', worker, seconds: AWAY });
    return heal;
  },
});

/** Runs a race, and turns what it has measured into the outcome of an experiment. */
export async function raceOn(stage: RunStage, ground: Ground): Promise<Outcome> {
  const race = await runRace(stage, ground);
  stage.note(sentenceOf(race));
  const from = whereRequestLoses(race);
  return {
    answer: () => {
      if (from === null || from > 10_000) return 'many';
      return from < 100 ? 'few' : 'thousands';
    },
    findings: race.crashes
      .filter(({ lane, later, twice, followers }) => lane !== 'request' && (later < followers || twice > 0))
      .map(
        ({ lane, later, twice, followers }) => `${lane}: ${later} of ${followers} have it, ${twice} twice`,
      ),
    measured: measuredOf(race),
  };
}
