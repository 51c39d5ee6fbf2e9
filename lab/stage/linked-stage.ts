import type { Run } from '#lab/harness/run-bench.ts';
import { openServers, type Stage, startWorkers } from '#lab/stage/stage.ts';
import { Link } from '#testing/link.ts';

/** A stage whose workers reach the timeline store over a link. */
export type LinkedStage = Stage & { link: Link };

/** Starts servers and two workers. `run.onEnd` stops them. */
export async function openLinkedStage(run: Omit<Run, 'sizes'>): Promise<LinkedStage> {
  const stage = await openServers(run);
  const url = new URL(stage.servers.timelineRedisUrl);
  const link = await Link.open(Number(url.port));
  run.onEnd(() => link.close());
  url.port = `${link.port}`;
  const env = { ...stage.env, TIMELINE_REDIS_URL: url.href };
  await startWorkers(['A', 'B'], { env, pool: stage.pool }, run);
  return { ...stage, watched: [], link };
}
