export type Author = { id: number; handle: string; name: string };

/** A tweet as it is shown. `createdAt` is ISO 8601, UTC. */
export type Tweet = { id: number; author: Author; text: string; createdAt: string };
