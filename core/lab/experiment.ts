import { z } from 'zod';

const answer = z.object({ id: z.string(), text: z.string() });

/** A number that people may set before a run, besides its size. */
const dial = z.object({
  name: z.string(),
  /** What it sets, with its unit. */
  text: z.string(),
  least: z.int(),
  usual: z.int(),
  most: z.int(),
});
export type Dial = z.infer<typeof dial>;

/** What dials are set to, by their names. */
const dials = z.record(z.string(), z.int());
export type Dials = z.infer<typeof dials>;

/** What people read about an experiment before they run it. Its code is a file in lab/experiments. */
export const experimentInfo = z.object({
  id: z.string(),
  title: z.string(),
  /** What it shows, in one sentence. */
  statement: z.string(),
  question: z.string(),
  /** Three to choose from; the measurement says which one was right. */
  answers: z.tuple([answer, answer, answer]),
  /** What it will break, in one sentence. */
  breaks: z.string(),
  /** Why it ends as it does, with the file and the decision that make it so. */
  why: z.string(),
  file: z.string(),
  decision: z.string().nullable(),
  /** What it posts, breaks or reads, and how many of it: at least (1 if nothing is said), by default, and at most. */
  size: z.object({ of: z.string(), least: z.int().optional(), usual: z.int(), most: z.int() }),
  /** About how long it takes, in seconds. */
  takes: z.int(),
  /** True when the checker must find something: otherwise the experiment would show nothing. */
  mustFail: z.boolean(),
  /** Whether it breaks this system, or a stage of its own that is thrown away afterwards. */
  place: z.enum(['here', 'stage']),
  /** On a stage: the brokers that it can be run with, the usual one first. */
  brokers: z.array(z.string()),
  dials: z.array(dial),
});
export type ExperimentInfo = z.infer<typeof experimentInfo>;

/** One line of what happened; seconds since the run began. */
const moment = z.object({ at: z.number(), text: z.string() });

/** What was counted at the end. */
export const verdict = z.object({
  /** Whether the checker found what it has to find. */
  passed: z.boolean(),
  /** The id of the answer that the measurement gives; null when the machine was too busy to tell. */
  answer: z.string().nullable(),
  accepted: z.int(),
  delivered: z.int(),
  /** Timelines that were read back, and in how many of them a tweet is missing or twice. */
  timelines: z.int(),
  missing: z.int(),
  twice: z.int(),
  /** Tweets that are owed to somebody and were not on their home page. */
  holes: z.int(),
  /** What else was measured: a name, a value with its unit. */
  measured: z.array(z.object({ name: z.string(), value: z.string() })),
  /** One line for each thing that was found; none when every promise was kept. */
  findings: z.array(z.string()),
});
export type Verdict = z.infer<typeof verdict>;

/** A run is `broken off` by Reset, by its deadline, or because it could not go on. */
const runState = z.enum(['running', 'checking', 'done', 'broken off']);

/** Something that takes long by design, and until when at most. */
const wait = z.object({ text: z.string(), until: z.string() });

/** One run of an experiment, from its start to its verdict. */
export const experimentRun = z.object({
  id: z.int(),
  experiment: z.string(),
  title: z.string(),
  seed: z.int(),
  size: z.int(),
  /** The broker of the stage; null for a run on this system. */
  broker: z.string().nullable(),
  dials,
  /** Handle of whoever started it. */
  by: z.string(),
  /** What they expected; null when they did not say. */
  prediction: z.string().nullable(),
  state: runState,
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  /** Tweets whose delivery pages show what happens. */
  tweets: z.array(z.int()),
  moments: z.array(moment),
  /** What is waited for now. */
  wait: wait.nullable(),
  verdict: verdict.nullable(),
  /** Why it was broken off. */
  reason: z.string().nullable(),
});
export type ExperimentRun = z.infer<typeof experimentRun>;

/** `POST /api/lab/runs`. */
export const runOrder = z.strictObject({
  experiment: z.string().max(60),
  seed: z.int().min(0).max(2_147_483_647).optional(),
  prediction: z.string().max(60).optional(),
  size: z.int().min(1).max(1_000_000).optional(),
  /** The broker of the stage. */
  broker: z.string().max(20).optional(),
  dials: z.record(z.string().max(20), z.int()).optional(),
});
export type RunOrder = z.infer<typeof runOrder>;
