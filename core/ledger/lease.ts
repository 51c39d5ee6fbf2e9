/**
 * Milliseconds without any progress after which a fan-out is published again. Longer than a killed worker's message
 * takes to come back by the broker (about 10 s), so that the sweeper acts only when the broker does not.
 */
export const LEASE = 12_000;
