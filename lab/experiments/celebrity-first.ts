import { readDeliveries } from '#core/ledger/delivery.ts';
import { percentile } from '#lab/harness/statistics.ts';
import type { Experiment, Outcome } from './experiment.ts';
import type { RunStage } from './run-stage.ts';

/** Posts a tweet to the largest audience, and fifty small ones behind it. */
export const celebrityFirst: Experiment = {
  info: {
    id: 'celebrity-first',
    title: 'A celebrity before fifty ordinary people',
    statement: 'A heavy job must not stand in the way of the light ones: they take another lane.',
    question:
      'Somebody with the largest audience posts. Right after that, fifty people with a few followers each post too. When do their tweets arrive?',
    answers: [
      { id: 'after', text: 'After the large one: first come, first served.' },
      { id: 'mixed', text: 'Some before it is through, and some after.' },
      { id: 'before', text: 'Nearly all before it is through.' },
    ],
    breaks: 'Nothing. It only posts.',
    why: 'A fan-out that fits one chunk is delivered by the consumer of fan-outs. The chunks of a large one go to a queue of their own with consumers of their own, so the small ones never stand behind them (worker/lanes.ts).',
    decision: 'docs/decisions/016-a-message-carries-four-chunks.md',
    size: { of: 'small tweets', usual: 50, most: 200 },
    takes: 15,
  },
  run: (stage) => postUntilBehind(stage),
};

const TRIES = 5;
type IsAhead = (tweetId: number) => Promise<unknown>;

/** The outcome of {@link postBehindCelebrity}. A try in which no small tweet came in time shows nothing and is repeated. */
export async function postUntilBehind(stage: RunStage, isAhead?: IsAhead): Promise<Outcome> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { outcome, behind } = await postBehindCelebrity(stage, isAhead);
    if (behind > 0) return outcome;
    stage.note('the large tweet was through before a small one was posted: once more');
  }
  throw new Error(
    `Expected a small tweet to be posted while the large one is on its way, in ${TRIES} tries; its audience is too small`,
  );
}

/**
 * Posts to the largest audience and, as soon as `isAhead` resolves, small tweets behind it. Returns how many of these
 * were posted while it was on its way, and how many of them were delivered before it.
 */
export async function postBehindCelebrity(
  stage: RunStage,
  isAhead: IsAhead = async () => {},
): Promise<{ outcome: Outcome; behind: number; before: number }> {
  const large = stage.show(await stage.post(stage.largest));
  stage.note(
    `@${stage.largest.handle} has posted to ${stage.largest.followerCount.toLocaleString('en')} followers`,
  );
  await isAhead(large);
  const drafts = await stage.postMany(stage.options.size);
  await stage.untilFinished(60_000);
  const small = drafts.flatMap(({ tweetId }) => tweetId ?? []);
  const deliveries = await readDeliveries(stage.connections.pool, [large, ...small]);
  const ends = new Map(deliveries.map((each) => [each.tweetId, Date.parse(each.finishedAt ?? each.now)]));
  const took = deliveries.map((each) => [each.tweetId, msOf(each)] as const);
  const end = ends.get(large) ?? 0;
  const behind = deliveries.filter(
    ({ tweetId, acceptedAt }) => tweetId !== large && Date.parse(acceptedAt) < end,
  );
  const before = behind.filter(({ tweetId }) => (ends.get(tweetId) ?? 0) < end).length;
  const waits = took.filter(([id]) => id !== large).map(([, ms]) => ms);
  const outcome: Outcome = {
    answer: () => {
      if (before >= 0.9 * behind.length) return 'before';
      return before === 0 ? 'after' : 'mixed';
    },
    measured: [
      { name: 'the large tweet took', value: `${new Map(took).get(large) ?? 0} ms` },
      {
        name: 'small tweets refused, because the large one had filled the system',
        value: String(stage.refused),
      },
      { name: 'small tweets posted while it was on its way', value: String(behind.length) },
      { name: 'of these delivered before it was through', value: String(before) },
      { name: 'a small tweet took, p50', value: `${percentile(waits, 50)} ms` },
      { name: 'a small tweet took, p95', value: `${percentile(waits, 95)} ms` },
    ],
  };
  return { outcome, behind: behind.length, before };
}

const msOf = ({
  acceptedAt,
  finishedAt,
  now,
}: {
  acceptedAt: string;
  finishedAt: string | null;
  now: string;
}) => Math.round(Date.parse(finishedAt ?? now) - Date.parse(acceptedAt));
