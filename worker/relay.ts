import { SECOND } from '#core/durations.ts';
import { claimDue, publishFanOuts } from '#core/ledger/publish.ts';
import type { WorkerContext } from '#worker/context.ts';
import { isStoreHere } from '#worker/deliver.ts';

/** Milliseconds between two looks when nothing was due. */
export const RELAY_IDLE = SECOND;

const BATCH = 200;

/**
 * Makes up for a publish that was lost: hands the broker every fan-out that is unfinished and due.
 *
 *     posted ── web process publishes ──▶ acknowledged ── chunks finish ──▶ finished
 *        │  due after 2 s: it died, or        │  due after a lease without progress:
 *        │  the broker was away               │  the broker lost it, or its worker died
 *        └──────────────▶ relay ◀─────────────┘
 *
 * It polls an index that holds only unfinished fan-outs. NOTIFY would save a second in a rare case, but its lock at commit
 * would serialise every post. While the timeline store is away, nothing makes progress and everything
 * is due. Then it publishes nothing, or the broker would get one more copy of each message after every lease. Returns how many it published.
 */
export async function relayOnce(context: WorkerContext): Promise<number> {
  if (!isStoreHere(context)) return 0;
  const { pool, broker } = context;
  const due = await claimDue(pool, BATCH);
  if (due.length === 0) return 0;
  await publishFanOuts(pool, (queue, messages) => broker.publish(queue, messages), due);
  return due.length;
}
