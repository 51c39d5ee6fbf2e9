import { parseMemory } from '#core/admission/admission.ts';
import { LANES, type Race } from '#core/lab/race.ts';
import { TOP, timelineKey } from '#core/timelines/timeline.ts';
import { type Moments, packedPages } from '#lab/bench/sync/ways.ts';
import { ApartTimelines } from '#lab/race/apart-timelines.ts';
import { type Ground, LANE_RUNS, type Track } from '#lab/race/lanes.ts';
import { OneJob, openEmptyRaceQueue } from '#lab/race/one-job.ts';
import { readBothWays } from '#lab/race/read-both-ways.ts';
import { Scoreboard } from '#lab/race/scoreboard.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { crashAll } from './race-crashes.ts';
import type { Author, RunStage } from './run-stage.ts';

const SEVERAL = 8; // chunks; with fewer, nothing can be killed half-way
const TEXT = 'The same tweet, raced through every lane. An experiment of the lab.';

/** Races the same tweet through every lane, for more and more followers. Then it kills each way half-way. */
export async function runRace(stage: RunStage, ground: Ground): Promise<Omit<Race, 'run'>> {
  const board = new Scoreboard(ground.stage, (report) => stage.options.supervisor.report(report));
  const track = await openTrack(stage, ground.connections);
  try {
    await track.apart.sweep();
    track.job.open();
    const audiences = audiencesOf(stage);
    await requireWarm(stage, audiences.at(-1));
    const largest = await raceAll({ stage, track, board }, audiences);
    board.noteReads(await readBothWays(track.apart, largest.id, stage.random));
    if (largest.followerCount < SEVERAL * stage.connections.config.CHUNK_SIZE)
      stage.note('so few followers have it before anybody could be killed half-way');
    else {
      stage.note('each way is killed half-way');
      board.noteCrashes(await crashAll({ stage, track, ground, author: largest }));
    }
  } finally {
    await closeTrack(track);
  }
  return board.standing;
}

type Given = { stage: RunStage; track: Track; board: Scoreboard };

/** Races all audiences. Returns the last author, whose followers' timelines for the race still exist. */
async function raceAll({ stage, track, board }: Given, audiences: Author[]): Promise<Author> {
  const [smallest] = audiences;
  let raced: Author | undefined;
  for (const author of audiences) {
    if (!(await hasRoom(track, author.followerCount))) {
      stage.note(`the store has no room for ${author.followerCount} timelines more: left out`);
      continue;
    }
    await track.apart.make(author.id);
    if (author === smallest) await warmUp(track, author);
    stage.note(`${author.followerCount.toLocaleString('en')} followers, @${author.handle}`);
    await raceOne({ stage, track, board }, author);
    raced = author;
  }
  if (!raced) throw new Error('Expected room for the timelines of one author, there is none');
  return raced;
}

const FEW = 20_000; // followers; with more, a median of several tweets would take too long
const SAMPLES = 5;
const WARM_UP = 3; // tweets in each lane before anything is noted

/** Races one audience. The lanes take turns, so that a slow moment of the machine hits all of them. */
async function raceOne({ stage, track, board }: Given, author: Author): Promise<void> {
  const samples = author.followerCount > FEW ? 1 : SAMPLES;
  const heat = board.begin(author.followerCount, samples);
  const all: Record<(typeof LANES)[number], Moments[]> = { request: [], job: [], chunked: [], pulled: [] };
  for (let n = 0; n < samples; n++)
    for (const lane of LANES) {
      const told = (delivered: number) => board.count(heat, lane, delivered);
      all[lane].push(await LANE_RUNS[lane](track, { authorId: author.id, text: TEXT, told }));
      board.note(heat, lane, all[lane]);
    }
  const newest = stage.drafts.at(-1);
  if (newest) stage.show(newest);
}

async function warmUp(track: Track, { id: authorId }: Author): Promise<void> {
  for (let n = 0; n < WARM_UP; n++)
    for (const lane of LANES) await LANE_RUNS[lane](track, { authorId, text: TEXT, told: () => {} });
}

/** The demo's authors with about 10, 100, 1,000 … followers, and the one with the most, up to the size of the run. */
function audiencesOf({ authors, options: { size } }: RunStage): Author[] {
  const within = authors.filter(({ followerCount }) => followerCount > 1 && followerCount <= size);
  const distance = (author: Author, wanted: number) => Math.abs(Math.log10(author.followerCount / wanted));
  const picked = [1, 2, 3, 4, 5, 6].flatMap((power) =>
    within.toSorted((a, b) => distance(a, 10 ** power) - distance(b, 10 ** power)).slice(0, 1),
  );
  const all = new Set([...picked, ...within.slice(0, 1)]);
  if (all.size === 0) throw new Error(`Expected an author with 2 to ${size} followers, found none`);
  return [...all].sort((a, b) => a.followerCount - b.followerCount);
}

const LOOKED_AT = 200; // timelines
const MOST_COLD = 0.2;

/** Throws when timelines are cold. Nothing is pushed onto these, so the queue would win without doing the work. */
async function requireWarm({ connections, random }: RunStage, author: Author | undefined): Promise<void> {
  const ids: string[] = [];
  for await (const { followers } of packedPages(connections, { authorId: author?.id ?? 0, tweetId: TOP })) {
    ids.push(...(followers.match(/.{8}/g) ?? []));
    if (ids.length >= LOOKED_AT) break;
  }
  const keys = random
    .shuffled(ids)
    .slice(0, LOOKED_AT)
    .map((id) => timelineKey(Number.parseInt(id, 16), connections.store));
  const warm = await connections.store.redis.exists(...keys);
  if (warm < keys.length * (1 - MOST_COLD))
    throw new Error(
      `${keys.length - warm} of ${keys.length} timelines are cold, so that nothing would be pushed: warm them again first`,
    );
}

const BYTES = 200; // a timeline of two entries, with its key and its expiry
const SHARE = 0.7; // of the store's memory; beyond it posts are refused

async function hasRoom({ apart }: Track, followers: number): Promise<boolean> {
  const { used, max } = parseMemory(await apart.store.redis.info('memory'));
  return max === 0 || used + followers * BYTES < max * SHARE;
}

async function openTrack(stage: RunStage, connections: Connections): Promise<Track> {
  const apart = new ApartTimelines(connections);
  const job = new OneJob(connections, apart, await openEmptyRaceQueue(connections));
  const posted = (authorId: number, tweetId: number) => stage.adopt({ authorId, tweetId, text: TEXT });
  const track: Track = { connections, apart, job, posted };
  stage.onEnd(() => closeTrack(track)); // also when the run is broken off
  return track;
}

async function closeTrack({ apart, job }: Track): Promise<void> {
  await apart.close();
  await job.broker.remove().catch(() => {}); // it may be closed already
  await job.broker.close(0);
}
