import { z } from 'zod';
import { experimentRun } from '#core/lab/experiment.ts';

/** Something that is broken on purpose now. */
export const activeFault = z.object({
  id: z.int(),
  /** One of FAULT_KINDS; a browser of another version may know others. */
  kind: z.string(),
  /** What it hits: `worker A`, `queue`. */
  target: z.string(),
  /** In words: `worker A is frozen`. */
  text: z.string(),
  /** Handle of whoever asked for it. */
  by: z.string(),
  since: z.string(),
  /** When it heals by itself; null for one that is over as soon as it is done. */
  healsAt: z.string().nullable(),
  /** How far it is, where that can be counted. */
  progress: z.string().nullable(),
});
export type ActiveFault = z.infer<typeof activeFault>;

const part = z.object({
  name: z.enum(['web', 'queue', 'timelines', 'postgres']),
  /** False for a server that was given by its URL: nothing here breaks it. */
  isEmbedded: z.boolean(),
});

/** What the lab knows. The supervisor keeps it, and tells every web process whenever it changes. */
export const labState = z.object({
  parts: z.array(part),
  /** Letters of the workers that are to run. */
  workers: z.array(z.string()),
  /** How many of them a start begins with. */
  usualWorkers: z.int(),
  faults: z.array(activeFault),
  /** The experiment that runs, or ran last. */
  run: experimentRun.nullable(),
  /** What was broken and healed, the newest first. */
  log: z.array(z.object({ id: z.int(), at: z.string(), text: z.string() })),
});
export type LabState = z.infer<typeof labState>;
