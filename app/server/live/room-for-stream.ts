import 'server-only';
import { EventStream } from '#app/server/live/event-stream.ts';
import { Refusal } from '#app/server/problem.ts';
import { web } from '#app/server/root.ts';
import { retryAfterS } from '#core/admission/admission.ts';

const WAIT_S = 5; // s; the pages' own backoff goes up to as much

/** Refuses one stream more than this process may carry: those that are open must not suffer from it. */
export function requireRoomForStream(max = web().config.MAX_STREAMS): void {
  if (EventStream.open < max) return;
  const retryAfter = retryAfterS(WAIT_S);
  throw new Refusal(
    'too-many-streams',
    `Expected fewer than ${max} streams to be open, ${EventStream.open} are. Try again in ${retryAfter} s.`,
    {
      headers: { 'retry-after': String(retryAfter) },
      figures: { open: EventStream.open, limit: max, retryAfter },
    },
  );
}
