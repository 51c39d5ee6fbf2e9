/** Followers a chunk, as the workers plan them: one Lua call, about 5 ms. */
const CHUNK = 5_000;

/** How many chunks a tweet to this many followers takes. */
export const chunksOf = (followers: number): number => Math.ceil(followers / CHUNK);
