import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { whole } from '#lab/harness/table.ts';
import { openStage, type Stage } from '#lab/stage/stage.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';
import { type Audience, crashInRequest, crashOfWorker } from './sync/crash.ts';
import { type Compared, crossovers, figuresOf, runsOf } from './sync/results.ts';
import { arrivalTable, crashTable, crossoverTable, plotWays } from './sync/show.ts';
import { postInRequest, postThroughQueue } from './sync/ways.ts';

/*
 * When not to queue: the same tweet is delivered inside the request and through the queue, for 1, 10, 100 … followers.
 * The bench measures how long the author waits for the answer, and when the first, the median and the last follower
 * have the tweet. Then it kills the delivering process when half is done, and counts who has the tweet.
 *
 * The two ways take turns, so that a slow minute hits both. Arrival is the push into the timeline. What a follower's
 * screen adds is the same for both.
 */

type Sizes = 'followers' | 'samples';

async function measure(run: Run<Sizes>) {
  const stage = await openStage(run);
  const audiences = await addAudiences(stage, run);
  const compared: Compared[] = [];
  for (const audience of audiences) compared.push(await compare(stage, audience, run));
  const crashed = await crash(stage, run, audiences.at(-1));
  const crossing = crossovers(compared);
  return {
    machine: stage.machine,
    runs: runsOf(compared),
    figures: figuresOf(compared, crossing),
    tables: [arrivalTable(compared), crossoverTable(crossing), crashTable(crashed)],
    drawing: plotWays(compared),
  };
}

/** Adds authors with 1, 10, 100, … followers, and one with as many as were asked for. */
async function addAudiences({ pool, store }: Stage, { sizes, log }: Run<Sizes>): Promise<Audience[]> {
  const audiences: Audience[] = [];
  for (let followers = 1; ; followers *= 10) {
    const count = Math.min(followers, sizes.followers);
    log(`an author with ${whole(count)} followers …`);
    const { id } = await addAuthorWithFollowers(pool, store, {
      handle: `size${audiences.length}`,
      followers: count,
      tweets: 10,
    });
    audiences.push({ authorId: id, followers: count });
    if (count === sizes.followers) return audiences;
  }
}

async function compare(stage: Stage, audience: Audience, { sizes, log }: Run<Sizes>): Promise<Compared> {
  const { authorId, followers } = audience;
  const samples = followers > 10_000 ? Math.ceil(sizes.samples / 5) : sizes.samples;
  log(`${whole(followers)} followers, ${samples} tweets each way …`);
  const compared: Compared = { followers, request: [], queue: [] };
  for (let n = 0; n <= samples; n++) {
    const [request, queue] = [await postInRequest(stage, authorId), await postThroughQueue(stage, authorId)];
    if (n === 0) continue; // to warm up
    compared.request.push(request);
    compared.queue.push(queue);
  }
  return compared;
}

async function crash(stage: Stage, run: Run<Sizes>, audience: Audience | undefined) {
  if (!audience) throw new Error('Expected at least one author, got none');
  run.log('kills the process of the request half-way …');
  const request = await crashInRequest({ stage, run }, audience);
  run.log('kills a worker half-way …');
  return { followers: audience.followers, request, queue: await crashOfWorker({ stage, run }, audience) };
}

await runBench<Sizes>({
  name: 'sync',
  sizes: { followers: 1_000_000, samples: 25 },
  goals: {},
  measure,
});
