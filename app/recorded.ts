import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What every recorded bench has: its sizes and figures, and when and on what they were measured. */
export const recordedBench = z.object({
  recordedAt: z.string(),
  machine: z.object({
    cpu: z.string(),
    cores: z.number(),
    memoryGb: z.number(),
    loadBefore: z.number(),
  }),
  sizes: z.record(z.string(), z.number()),
  figures: z.record(z.string(), z.number()),
});
export type RecordedBench = z.infer<typeof recordedBench>;

/** Reads the last recorded run of `npm run bench -- NAME`; null when nobody has recorded one. */
export async function readRecorded<T>(bench: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    const file = join(process.cwd(), 'docs/figures', `${bench}.json`);
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** When and on what, in words. */
export const provenanceOf = ({ machine, recordedAt }: RecordedBench): string =>
  `Recorded on ${recordedAt.slice(0, 10)} on ${machine.cores} cores (${machine.cpu}, ${machine.memoryGb} GB), load average before ${machine.loadBefore}`;

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';
