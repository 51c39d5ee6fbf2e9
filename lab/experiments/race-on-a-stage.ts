import type { Dials } from '#core/lab/experiment.ts';
import { Cleanup } from '#lab/harness/cleanup.ts';
import type { Ground } from '#lab/race/lanes.ts';
import { allProcesses, type BreakableStage, CHECKER } from '#lab/stage/breakable-stage.ts';
import { connect } from '#lab/stage/connect.ts';
import { Link } from '#testing/link.ts';
import { ALL_BROKERS, type StageExperiment } from './experiment.ts';
import { FROM_HOW_MANY, raceOn } from './request-or-queue.ts';
import type { RunStage } from './run-stage.ts';

const WORKERS = 'ABCDEF';

/** The race of request-or-queue.ts on a stage, with as many workers as one likes and a Postgres that is further away. */
export const raceOnAStage: StageExperiment = {
  info: {
    id: 'race-on-a-stage',
    title: 'The race, with other workers and a Postgres further away',
    statement:
      'A request that does the work itself waits for the database again and again. One that only writes down what was asked for waits once.',
    question:
      'Postgres is further away from web and workers. From how many followers on does the author wait at least twice as long inside the request?',
    answers: FROM_HOW_MANY,
    breaks:
      'Posts up to 25 tweets on the stage, over links to Postgres that are slowed. Then it kills three ways of delivering half-way. Compare shows it.',
    why: 'Posting is one statement, so the queue’s way waits for one round trip (core/tweets/post-tweet.ts). The request’s own way also reads its followers, page by page (lab/bench/sync/ways.ts). More workers change when the last follower has the tweet, and not how long the author waits.',
    decision: 'docs/decisions/008-when-not-to-queue.md',
    size: { of: 'followers at most', usual: 100_000, most: 100_000 },
    takes: 60,
    brokers: ALL_BROKERS,
    dials: [
      { name: 'workers', text: 'Workers', least: 1, usual: 2, most: WORKERS.length },
      { name: 'postgresMs', text: 'Postgres is away, ms each way', least: 0, usual: 20, most: 100 },
    ],
  },
  needs: { followers: 100_000, chunkSize: 4_000 },
  dialled: ({ workers }: Dials) => ({ workers: [...WORKERS.slice(0, workers)] }),
  async run(run, stage) {
    const cleanup = new Cleanup();
    try {
      return await raceOn(run, await slowedGround(run, stage, cleanup.add));
    } finally {
      await cleanup.run();
    }
  },
};

/** Slows every link to Postgres. The race itself posts and reads over one more of these. `onEnd` heals them. */
async function slowedGround(run: RunStage, stage: BreakableStage, onEnd: Cleanup['add']): Promise<Ground> {
  const postgresMs = run.dial('postgresMs');
  const own = await Link.open(stage.servers.postgres.running.port);
  onEnd(() => own.close());
  const links = [own, ...allProcesses(stage).map((process) => process.links.postgres)];
  for (const link of links) link.slow(postgresMs);
  onEnd(() => {
    for (const link of links) link.heal();
  });
  run.note(`${stage.workers.length} workers run, and Postgres is ${postgresMs} ms away each way`);
  const url = new URL(stage.config.DATABASE_URL);
  url.port = String(own.port);
  return {
    connections: connect({ DATABASE_URL: url.href }, { env: stage.env, onEnd }, CHECKER),
    stage: { workers: stage.workers.length, postgresMs },
    killWorker: (name) => killWorker(stage, name),
  };
}

/** Kills a worker, and starts it again at once: it may be the only one. */
async function killWorker({ workers }: BreakableStage, name: string): Promise<() => Promise<void>> {
  const victim = workers.find((worker) => worker.name === `worker ${name}`);
  if (!victim) throw new Error(`Expected a worker of the stage, got ${name}`);
  await victim.end('SIGKILL');
  await victim.start();
  return async () => {};
}
