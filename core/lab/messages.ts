import { z } from 'zod';
import { experimentInfo, experimentRun, runOrder, verdict } from '#core/lab/experiment.ts';
import { faultOrder } from '#core/lab/faults.ts';
import { activeFault, labState } from '#core/lab/lab-state.ts';
import { race } from '#core/lab/race.ts';
import { stageFigures } from '#core/lab/stage-figures.ts';

/*
 * What processes say to the supervisor and hear from it, over the channel that Node opens between parent and child.
 * Nobody else can write to it. It is parsed all the same, because in a deployment a supervisor may meet a process of
 * another version.
 */

const number = z.int();
const by = z.string();

/** What a web process asks for in somebody's name. */
const labAsk = z.discriminatedUnion('do', [
  z.object({ do: z.literal('break'), by, order: faultOrder }),
  z.object({ do: z.literal('heal'), by, fault: number }),
  z.object({ do: z.literal('reset'), by }),
  z.object({ do: z.literal('list') }),
  z.object({ do: z.literal('run'), by, order: runOrder }),
  z.object({ do: z.literal('read run'), run: number }),
]);
export type LabAsk = z.infer<typeof labAsk>;

/** Why the lab does not do it. */
export const labRefusal = z.object({
  kind: z.enum(['lab-busy', 'not-embedded', 'not-installed', 'not-found', 'validation', 'lab-failed']),
  detail: z.string(),
});

const answered = z.discriminatedUnion('did', [
  z.object({ did: z.literal('break'), fault: activeFault }),
  z.object({ did: z.literal('heal') }),
  z.object({ did: z.literal('reset') }),
  z.object({ did: z.literal('list'), experiments: z.array(experimentInfo) }),
  z.object({ did: z.literal('run'), run: experimentRun }),
  z.object({ did: z.literal('read run'), run: experimentRun }),
  z.object({ did: z.literal('refuse'), refusal: labRefusal }),
]);
export type LabAnswer = z.infer<typeof answered>;

/** From a child to the supervisor. */
export const toSupervisor = z.union([
  /** The web process accepts connections. */
  z.literal('ready'),
  z.object({ lab: z.literal('ask'), number, ask: labAsk }),
]);

/** From the supervisor to a child. */
export const fromSupervisor = z.discriminatedUnion('lab', [
  z.object({ lab: z.literal('state'), state: labState }),
  /** The race is apart from the state, because it changes ten times a second and only one page shows it. */
  z.object({ lab: z.literal('race'), race }),
  /** The stage of the experiment that runs; null when there is no stage any more. */
  z.object({ lab: z.literal('stage'), figures: stageFigures.nullable() }),
  z.object({ lab: z.literal('answer'), number, answer: answered }),
]);
export type FromSupervisor = z.infer<typeof fromSupervisor>;

/** What the process of an experiment tells of its run. */
export const runReport = z.discriminatedUnion('run', [
  z.object({ run: z.literal('moment'), text: z.string() }),
  z.object({ run: z.literal('tweet'), tweetId: number }),
  z.object({ run: z.literal('race'), race: race.omit({ run: true }) }),
  z.object({ run: z.literal('stage'), figures: stageFigures }),
  /** The page counts it down; null when the wait is over before its time. */
  z.object({ run: z.literal('wait'), wait: z.object({ text: z.string(), seconds: z.number() }).nullable() }),
  z.object({ run: z.literal('checking') }),
  z.object({ run: z.literal('verdict'), verdict }),
  z.object({ run: z.literal('failed'), reason: z.string() }),
  z.object({ run: z.literal('experiments'), experiments: z.array(experimentInfo) }),
  z.object({ run: z.literal('progress'), text: z.string() }),
]);
export type RunReport = z.infer<typeof runReport>;
