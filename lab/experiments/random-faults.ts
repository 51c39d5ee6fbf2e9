import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultOrder } from '#core/lab/faults.ts';
import type { Random } from '#lab/harness/random.ts';
import { DELIVERED_ONCE, type Experiment } from './experiment.ts';
import type { RunStage } from './run-stage.ts';

const APART = [300, 1_500] as const; // ms between two faults
/** So many draws may hit what is broken already. They come on top of the faults that are wanted. */
const MOST_REFUSED = 20;
const POSTS = 400; // ms between two posts

/** The kinds of fault, each with its seconds. Deployments and changes of the number of workers are among them. */
const DRAWN: ((random: Random, worker: string) => FaultOrder)[] = [
  (random, worker) => ({ kind: 'worker-killed', worker, seconds: random.between(1, 3) }),
  (random, worker) => ({ kind: 'worker-frozen', worker, seconds: random.between(1, 8) }),
  (random) => ({ kind: 'workers-changed', workers: random.between(0, 4), seconds: random.between(1, 4) }),
  (random) => ({ kind: 'web-killed', seconds: random.between(1, 2) }),
  (random) => ({ kind: 'web-frozen', seconds: random.between(1, 2) }),
  (random) => ({ kind: 'queue-killed', seconds: random.between(1, 3) }),
  () => ({ kind: 'queue-emptied' }),
  (random) => ({ kind: 'timelines-killed', seconds: random.between(1, 3) }),
  () => ({ kind: 'timelines-emptied' }),
  () => ({ kind: 'postgres-restarted' }),
  () => ({ kind: 'connections-cut' }),
  () => ({ kind: 'workers-replaced' }),
];

/** Breaks one thing after another, drawn by the seed, while people post. */
export const randomFaults: Experiment = {
  info: {
    id: 'random-faults',
    title: 'Random faults, one after another',
    statement: 'What the single experiments show must hold for any order of faults, and for several at once.',
    question:
      'Workers, web, queue, timelines and Postgres fail one after another, as the dice say. What do followers get?',
    answers: DELIVERED_ONCE.answers,
    breaks: 'Everything that can be broken here, drawn by the seed. All timelines may be cold afterwards.',
    why: 'No step trusts the one before it: the ledger in Postgres says what is promised, the receipt in the store what is done, and whoever finds a difference does the rest (docs/path.md has the column “if the process dies here”).',
    decision: 'docs/decisions/006-the-epoch-of-a-timeline-store.md',
    size: { of: 'faults', usual: 8, most: 100 },
    takes: 60,
  },
  async run(stage) {
    const ended = new AbortController();
    const random = stage.random.fork(); // who posts is drawn meanwhile, as fast as the machine is
    const posting = postUntil(stage, ended.signal);
    let [caused, refused] = [0, 0];
    while (caused < stage.options.size && refused < MOST_REFUSED + stage.options.size) {
      await sleep(random.between(...APART));
      const order = random.pick(DRAWN)(random, random.pick(['A', 'B']));
      const done = await stage.cause(order).then(
        () => true,
        () => false, // the same thing is still broken, or there is no such worker now
      );
      if (done) caused++;
      else refused++;
      stage.note(done ? described(order) : `${described(order)}: left out, it is broken already`);
    }
    ended.abort();
    await posting;
    stage.note('waiting until everything has healed');
    await stage.untilFinished(150_000);
    return {
      answer: DELIVERED_ONCE.answer,
      findings: stage.drafts
        .filter(({ tweetId, open }) => tweetId === null && open > 24)
        .map(({ key }) => `post ${key} was never answered`),
      measured: [
        { name: 'faults', value: String(caused) },
        { name: 'left out because the same thing was broken', value: String(refused) },
        { name: 'tweets accepted', value: `${stage.accepted.length} of ${stage.drafts.length}` },
        { name: 'refused, because the system was full or the author too fast', value: String(stage.refused) },
      ],
    };
  },
};

const described = ({ kind, worker, workers, seconds }: FaultOrder): string =>
  [kind, worker, workers, seconds && `${seconds} s`].filter((word) => word !== undefined).join(' ');

/** Small authors post, and now and then the one with the largest audience that is no celebrity. */
async function postUntil(stage: RunStage, signal: AbortSignal): Promise<void> {
  const middle = stage.authors.filter(({ followerCount }) => followerCount <= 50_000)[0];
  const posts: Promise<unknown>[] = [];
  while (!signal.aborted) {
    const author = middle && stage.random.chance(0.1) ? middle : stage.random.pick(stage.small);
    posts.push(stage.post(author));
    await sleep(POSTS, undefined, { signal }).catch(() => {});
  }
  await Promise.all(posts);
}
