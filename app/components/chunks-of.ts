import { CHUNK_SIZE } from '#core/chunk-size.ts';

/** How many chunks a tweet to this many followers takes, as the workers plan them unless they are told otherwise. */
export const chunksOf = (followers: number): number => Math.ceil(followers / CHUNK_SIZE);
