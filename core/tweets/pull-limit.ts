/** A tweet whose fan-out would hold the stores for longer than so many seconds is pulled. Without it, none is. */
export type PullLimit = { pullAboveS?: number | undefined };
