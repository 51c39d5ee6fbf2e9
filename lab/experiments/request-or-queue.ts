import { sentenceOf, whereRequestLoses } from '#core/lab/race-result.ts';
import { measuredOf } from '#lab/race/measured.ts';
import type { Experiment } from './experiment.ts';
import { runRace } from './run-race.ts';

/** Races the same tweet: inside the request, as one job, in chunks through the queue, and pulled at read. */
export const requestOrQueue: Experiment = {
  info: {
    id: 'request-or-queue',
    title: 'In the request, or through the queue',
    statement:
      'A request that does the work itself takes longer the more work there is. A queue answers at once and costs a hop, which is not worth it for little work.',
    question:
      'The same tweet is delivered inside the request and through the queue. From how many followers on does its author wait at least twice as long inside the request?',
    answers: [
      { id: 'few', text: 'From fewer than a hundred.' },
      { id: 'thousands', text: 'From somewhere between a hundred and ten thousand.' },
      { id: 'many', text: 'From more than ten thousand, or never.' },
    ],
    breaks:
      'Posts up to 25 tweets, and delivers as many more onto timelines that are thrown away. Then it kills three of these ways half-way, which takes one worker of this system. Compare shows it.',
    why: 'POST /api/tweets is one transaction, however many followers there are; the rest is done by workers. The same push inside the request is done sooner, but stays half done for ever when its process dies (core/tweets/post-tweet.ts, lab/bench/sync/ways.ts).',
    decision: 'docs/decisions/035-raced-on-what-is-thrown-away.md',
    size: { of: 'followers at most', usual: 1_000_000, most: 1_000_000 },
    takes: 60,
  },
  async run(stage) {
    const race = await runRace(stage);
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
  },
};
