import { z } from 'zod';
import { recordedBench } from '#app/recorded.ts';

/** A recorded run of `npm run bench -- brokers`. */
export const recordedBrokers = recordedBench.extend({
  sizes: z.object({ followers: z.number(), messages: z.number() }),
});
export type Recorded = z.infer<typeof recordedBrokers>;
