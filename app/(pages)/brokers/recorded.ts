import 'server-only';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const recorded = z.object({
  recordedAt: z.string(),
  machine: z.object({
    cpu: z.string(),
    cores: z.number(),
    memoryGb: z.number(),
    loadBefore: z.number(),
  }),
  sizes: z.object({ followers: z.number(), messages: z.number() }),
  figures: z.record(z.string(), z.number()),
});

/** The last recorded run of `npm run bench -- brokers`. */
export type Recorded = z.infer<typeof recorded>;

/** Reads it; null when nobody has recorded one. */
export async function readRecorded(): Promise<Recorded | null> {
  try {
    const file = join(process.cwd(), 'docs/figures/brokers.json');
    return recorded.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';
