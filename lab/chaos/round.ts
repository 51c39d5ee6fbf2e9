import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresClock } from '#core/postgres.ts';
import { warmTimelines } from '#prisma/seed/warm-timelines.ts';
import { type Checked, checkRound } from '../check/check-round.ts';
import { type Inflicted, perform } from '../faults/nemesis.ts';
import type { PlannedFault } from '../faults/schedule.ts';
import type { Caller } from './load/call.ts';
import { followStream } from './load/follow-stream.ts';
import { type Done, runLoad } from './load/load.ts';
import { pollProgress } from './load/poll-progress.ts';
import type { Draft } from './load/post.ts';
import { Progress } from './load/progress.ts';
import { type Speed, speedBetween, takeMark } from './measure.ts';
import type { Random } from './random.ts';
import type { Scene } from './scene.ts';
import type { Stage } from './stage/stage.ts';

export type RoundOptions = {
  /** Begins every idempotency key. */
  name: string;
  random: Random;
  ms: number;
  faults: PlannedFault[];
  /** At once. */
  clients: number;
};

/** What a round did, and how fast it went. */
export type RoundReport = {
  inflicted: Inflicted;
  speed: Speed;
  checked: Checked;
  posts: { accepted: number; refused: number; open: number };
  comparedReads: number;
  progressLooks: number;
  takenBack: number;
};

/** Load and faults for so long; then everything heals, comes to rest and is checked. */
export async function playRound(scene: Scene, options: RoundOptions): Promise<RoundReport> {
  const { stage, findings, history, people } = scene;
  history.note('round', { name: options.name, faults: options.faults.length });
  const { random } = options;
  await warmEverybody(scene);
  const began = { at: await postgresClock(stage.pool), ...(await newest(stage)) };
  const mark = await takeMark(stage.pool);
  const progress = new Progress(findings, stage.crashes);
  const { done, inflicted } = await play(scene, options, progress);
  const speed = await speedBetween(stage.pool, mark, began.at);
  const checked = await checkRound(stage, findings, { done, people, random, began });
  history.note('checked', { ...checked, findings: findings.total });
  return {
    inflicted,
    speed,
    checked,
    posts: tally(done.drafts),
    comparedReads: done.comparedReads,
    progressLooks: progress.looks,
    takenBack: progress.takenBack,
  };
}

/** The round before may have left timelines cold: nothing could be twice in those. */
async function warmEverybody({ stage, people }: Scene): Promise<void> {
  const to = Math.max(...people.authors.map((author) => author.followers));
  await warmTimelines(stage.pool, stage.store, { from: 1, to });
}

/** Load and nemesis end with the time; whoever watches goes on until the load has ended what it began. */
async function play(scene: Scene, { name, random, ms, faults, clients }: RoundOptions, progress: Progress) {
  const { stage, callers, findings, history } = scene;
  const [time, watching] = [new AbortController(), new AbortController()];
  setMaxListeners(0, time.signal); // every client and every fault waits for it
  const accepted: { tweetId: number; author: Caller }[] = [];
  const load = runLoad(
    {
      ...callers,
      ...{ name, random: random.fork(), clients, pool: stage.pool, findings, history },
      accepted: ({ tweetId, author }: Draft) => tweetId !== null && accepted.push({ tweetId, author }),
    },
    time.signal,
  );
  const watch = watchAll(scene, { accepted, progress }, watching.signal);
  const nemesis = perform(faults, { stage, history, signal: time.signal });
  await Promise.race([sleep(ms), nemesis, load]);
  time.abort();
  const [inflicted, done] = await Promise.all([nemesis, load]);
  watching.abort();
  await watch;
  return { inflicted, done };
}

type Watched = { accepted: { tweetId: number; author: Caller }[]; progress: Progress };

/** By asking, and by the live streams of all authors. */
async function watchAll({ callers }: Scene, { accepted, progress }: Watched, signal: AbortSignal) {
  await Promise.all([
    pollProgress(accepted, progress, signal),
    ...callers.authors.map((author) =>
      followStream(
        author,
        {
          topics: `posts:${author.handle}`,
          heard: ({ event, data }) =>
            event === 'delivery' && progress.see(`stream of ${author.handle}`, data),
        },
        signal,
      ),
    ),
  ]);
}

async function newest({ pool }: Stage): Promise<{ tweetId: number; taskId: number }> {
  const { rows } = await pool.query<{ tweetId: number; taskId: number }>(
    `SELECT (SELECT coalesce(max(id), 0) FROM tweet) AS "tweetId", (SELECT coalesce(max(id), 0) FROM task) AS "taskId"`,
  );
  return rows[0] ?? { tweetId: 0, taskId: 0 };
}

function tally(drafts: Done['drafts']) {
  const accepted = drafts.filter((draft) => draft.accepted.length > 0).length;
  const open = drafts.filter((draft) => draft.accepted.length === 0 && draft.open > 0).length;
  return { accepted, refused: drafts.length - accepted - open, open };
}
