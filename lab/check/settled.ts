import type pg from 'pg';
import { countUnfinished } from '#core/admission/backlog.ts';
import { idRow, readRows } from '#core/rows.ts';
import { readTimeline } from '#core/timelines/read-timeline.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { until } from '#dev/ports.ts';

/** Resolves when every shard of the store may be trusted. Rejects when that takes longer than `timeoutMs`. */
export function untilSettled(store: TimelineStore, timeoutMs: number): Promise<void> {
  return until(async () => {
    for (let shard = 0; shard < store.shards; shard++) {
      const { outcome } = await readTimeline(store, shard);
      if (outcome === 'unsettled') throw new Error(`Expected shard ${shard} of the timelines to be settled`);
    }
  }, timeoutMs);
}

/** Resolves when no fan-out is on its way. Rejects when that takes longer than `timeoutMs`. */
export function untilFinished(pool: pg.Pool, timeoutMs: number): Promise<void> {
  return until(async () => {
    const count = await countUnfinished(pool);
    if (count > 0) throw new Error(`Expected every fan-out to be finished, ${count} are not`);
  }, timeoutMs);
}

/** Resolves when no task is unfinished. Rejects when that takes longer than `timeoutMs`. */
export function untilOver(pool: pg.Pool, timeoutMs: number): Promise<void> {
  return until(async () => {
    const rows = await readRows(pool, idRow, {
      text: 'SELECT id FROM task WHERE finished_at IS NULL LIMIT 20',
    });
    if (rows.length > 0)
      throw new Error(`Expected every task to be over, these are not: ${rows.map(({ id }) => id)}`);
  }, timeoutMs);
}
