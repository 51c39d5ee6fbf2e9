import { z } from 'zod';
import { chunkRecord } from '#core/ledger/chunks.ts';
import { delivery } from '#core/ledger/delivery.ts';

/**
 * What a stage looks like now. The experiment that runs on it reads this several times a second. A figure is null when
 * it could not be read, because its server is broken.
 */
export const stageFigures = z.object({
  at: z.string(),
  /** Messages of fan-outs and of chunks. */
  jobs: z.object({ waiting: z.int(), inFlight: z.int(), dead: z.int() }).nullable(),
  /** Chunks that each worker holds. */
  workers: z.array(z.object({ name: z.string(), alive: z.boolean(), chunks: z.int() })).nullable(),
  /** For the tweets whose delivery has ended; see api/live/invariants-source.ts. */
  invariants: z
    .object({ missing: z.int(), twice: z.int(), holes: z.int(), waiting: z.int(), tweets: z.int() })
    .nullable(),
  /** The delivery of the tweet that the experiment shows. */
  delivery: delivery.nullable(),
  /** Its chunks; none when there are too many for a picture. */
  chunks: z.array(chunkRecord),
});
export type StageFigures = z.infer<typeof stageFigures>;
