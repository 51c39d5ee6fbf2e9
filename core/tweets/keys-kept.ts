import { DAY } from '#core/durations.ts';

/** Milliseconds for which a tweet's idempotency key is known. A browser that asks again later would post again. */
export const KEYS_KEPT = DAY;
