import type pg from 'pg';
import type { Findings } from '#lab/harness/findings.ts';
import type { History } from '#lab/harness/history.ts';
import type { Random } from '#lab/harness/random.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import { type AskedTask, Client } from './client.ts';
import { Edges } from './edges.ts';
import type { Draft } from './post.ts';
import { keepReading } from './read-home.ts';
import { type Recurring, recur } from './recur.ts';
import type { Scheduled } from './schedule.ts';
import type { Caller } from './session.ts';

export type LoadOptions = {
  /** Every idempotency key begins with it. */
  name: string;
  random: Random;
  /** How many clients act at once. Each does one thing after another. */
  clients: number;
  authors: (Caller & { followers: number })[];
  actors: Caller[];
  pool: pg.Pool;
  findings: Findings;
  history: History;
  /** Called with every accepted tweet. */
  accepted: (draft: Draft) => void;
};

/** What was done by a load, for the checker. */
export type Done = {
  drafts: Draft[];
  scheduled: Scheduled[];
  /** The tasks that were accepted. */
  tasks: AskedTask[];
  recurring: Recurring;
  edges: Edges;
  comparedReads: number;
};

const READERS = 2; // people who only read

/**
 * Posts now and later, follows, unfollows, deletes, asks for tasks and reads, from many accounts at once, until
 * `signal`. Then it finishes what it began.
 */
export async function runLoad(options: LoadOptions, signal: AbortSignal): Promise<Done> {
  const { name, actors, random } = options;
  const edges = new Edges();
  const clients = Array.from({ length: options.clients }, (_, n) => {
    const mine = actors.filter((_, actor) => actor % options.clients === n);
    return new Client({ ...options, name: `${name}-${n}`, random: random.fork(), actors: mine }, edges);
  });
  const readers = Array.from({ length: READERS }, () =>
    keepReading({ ...options, random: random.fork() }, signal),
  );
  const recurring = recur(random.pick(actors), name, signal);
  await Promise.all(clients.map((client) => client.run(signal)));
  const compared = await Promise.all(readers);
  return {
    drafts: clients.flatMap((client) => client.drafts),
    scheduled: clients.flatMap((client) => client.scheduled),
    tasks: clients.flatMap((client) => client.tasks),
    recurring: await recurring,
    edges,
    comparedReads: sumOf(compared, (count) => count),
  };
}
