import { SECOND } from '#core/durations.ts';

/** How long a claimed task belongs to its worker, who renews it every second. A killed worker's task is due after that. */
export const LEASE = 8 * SECOND;

/**
 * How long a broker is trusted with a message that no worker has taken. Then the task is published again, and once more
 * whenever the time since it was due has doubled. So a long queue does not fill with copies of what stands in it.
 */
export const TRUST = 30 * SECOND;

/** How long a loop that has claimed due tasks may take to publish them. */
export const PUBLISHING = 5 * SECOND;
