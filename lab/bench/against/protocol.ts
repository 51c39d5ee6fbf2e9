import { z } from 'zod';

/** Where a player's servers are: it is ready. */
export const ready = z.object({ databaseUrl: z.string(), timelineRedisUrl: z.string() });

/** What a player says, a line each: that it is ready, then how many seconds each fan-out took. */
export const said = z.union([ready, z.object({ seconds: z.number() })]);

export type Said = z.infer<typeof said>;

/** What a player is told first. */
export const told = z.object({ dataDir: z.string(), followers: z.int(), tweets: z.int() });

export type Told = z.infer<typeof told>;
