'use client';

import { createContext, type ReactNode, useContext } from 'react';

const ChunkSizeContext = createContext<number | null>(null);

/** Tells the pages how many followers the workers of this system put into one chunk: `CHUNK_SIZE`. */
export function ChunkSizeProvider({ chunkSize, children }: { chunkSize: number; children: ReactNode }) {
  return <ChunkSizeContext value={chunkSize}>{children}</ChunkSizeContext>;
}

/** How many followers a chunk has, as the server says. */
function useChunkSize(): number {
  const chunkSize = useContext(ChunkSizeContext);
  if (chunkSize === null) throw new Error('Expected a ChunkSizeProvider around whatever counts chunks');
  return chunkSize;
}

/** How many chunks a tweet to so many followers takes. */
export function useChunks(followers: number): number {
  return Math.ceil(followers / useChunkSize());
}
