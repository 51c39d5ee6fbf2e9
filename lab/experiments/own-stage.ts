import type { BrokerName } from '#broker/variables.ts';
import { untilSettled } from '#lab/check/settled.ts';
import { OPEN_ADMISSION } from '#lab/stage/application.ts';
import { type BreakableStage, openBreakableStage } from '#lab/stage/breakable-stage.ts';
import type { Change } from '#lab/stage/changes.ts';
import { seed } from '#prisma/seed.ts';

/** How a stage differs from the usual one. */
export type StageNeeds = {
  /** Followers of its celebrity: 50,000 by default, 100,000 at most. */
  followers?: number;
  /** Followers in a chunk. */
  chunkSize?: number;
  /** Names of its worker processes: A and B by default. */
  workers?: string[];
  /** How its workers differ from the product's. */
  changes?: Change[];
  /** How many of ten messages are handed out twice, where they are: all by default. */
  twiceOfTen?: number;
  /** False for a queue on a Redis without an append-only file. */
  appendOnly?: boolean;
  /** Megabytes that the queue's server may use, by broker: even empty ones take different amounts. */
  memoryMb?: Partial<Record<BrokerName, number>>;
  /** True for a queue on three nodes of RabbitMQ. */
  threeNodes?: boolean;
  /** Variables of web and workers. */
  settings?: Record<string, string>;
};

/** The stage of one run. */
export type OwnStage = BreakableStage & {
  /** Processes that ended although nobody ended them. They were started again, and each is a finding. */
  deaths: string[];
};

const FOLLOWERS = 50_000; // seeded in a second

/** More would slow down the demo beside it for longer than a person waits. */
const MOST_FOLLOWERS = 100_000;

const SETTLED = 15_000; // ms

type Tools = { broker: BrokerName; log: (line: string) => void };

/**
 * Builds a stage with the demo's people, who have warm timelines: servers on free ports, web and workers, and a link
 * between each process and each server. Nothing is refused there, because admission is not measured. `close` throws the
 * stage away.
 */
export async function openOwnStage(needs: StageNeeds, { broker, log }: Tools): Promise<OwnStage> {
  const deaths: string[] = [];
  const {
    followers = FOLLOWERS,
    chunkSize = 1_000,
    workers = ['A', 'B'],
    changes = [],
    twiceOfTen = 10,
  } = needs;
  const stage = await openBreakableStage({
    ...{ broker, workers, web: 'api', chunkSize, maxBacklog: 1_000_000_000, log },
    ...{ appendOnly: needs.appendOnly, memoryMb: needs.memoryMb?.[broker], threeNodes: needs.threeNodes },
    ...{ settings: { ...OPEN_ADMISSION, ...needs.settings } },
    program:
      changes.length > 0 ? ['lab/stage/changed-worker.ts', ...changes, `--of-ten=${twiceOfTen}`] : undefined,
    died: (name, how) => deaths.push(`${name} ended by itself: ${how}`),
    populate: ({ config: { DATABASE_URL: databaseUrl, TIMELINE_REDIS_URL: timelineRedisUrl } }) =>
      seed({ databaseUrl, timelineRedisUrl, followers: Math.min(followers, MOST_FOLLOWERS) }),
  });
  await untilSettled(stage.store, SETTLED);
  return { ...stage, deaths };
}
