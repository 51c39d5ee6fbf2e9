/**
 * Followers a chunk unless `CHUNK_SIZE` says otherwise: one Lua call, about 5 ms of the store's time beside the rest of
 * a fan-out, for which a small push may have to wait twice. See docs/decisions/017.
 */
export const CHUNK_SIZE = 4_000;
