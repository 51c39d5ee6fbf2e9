import { SECOND } from '#core/durations.ts';
/** Milliseconds that a claimed task is its worker's, renewed every second: a killed worker's task is due after that. */
export const LEASE = 8 * SECOND;

/**
 * Milliseconds that a broker is trusted with a message that no worker has taken; then, and whenever the time since the
 * task was due has doubled, it is published again. So a long queue is not filled with copies of what stands in it.
 */
export const TRUST = 30 * SECOND;

/** Milliseconds that publishing may take whoever claimed what is due. */
export const PUBLISHING = 5 * SECOND;
