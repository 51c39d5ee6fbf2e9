import type { Gap } from './trap.ts';

/** A moment between two steps of docs/path.md ("If the process dies here") at which a process dies or is frozen. */
export type CrashPoint = Gap & {
  step: 'post' | 'publish' | 'relay' | 'fan-out' | 'delivery';
  name: string;
  /** Who dies: the process that posts, or a worker. */
  who: 'poster' | 'worker';
  /** A tweet of many chunks, one of a single chunk, or several of those in one message. */
  audience: 'large' | 'small' | 'crowd';
  /** A second process need not come to the same point: what is done stays done. */
  once?: true;
};

// Patterns of what a process has said to Postgres or Redis by then; of a transaction, all of it up to its COMMIT.
const POSTED = 'FROM post_tweet';
const POSTED_WITH_ITS_TASK = 'FROM post_tweet[^]*COMMIT$';
const CLAIMED = 'UPDATE fan_out SET due_at[^]*SKIP LOCKED';
const PLANNED = 'planned_shard = coalesce[^]*COMMIT$';
const PLANNED_AND_TAKEN = 'WITH small AS';
const FINISHED = 'chunks_done = f.chunks_done \\+ sum.chunks';
const PACKED = 'INSERT INTO follower_pack[^]*COMMIT$';
const PUSH = '^receipt:';

const poster = { who: 'poster', audience: 'large' } as const;
const large = { who: 'worker', audience: 'large' } as const;
const small = { who: 'worker', audience: 'small' } as const;
const crowd = { who: 'worker', audience: 'crowd' } as const;

/** In the order of the path. */
export const CRASH_POINTS: CrashPoint[] = [
  {
    step: 'post',
    name: 'before its transaction commits',
    ...poster,
    side: 'before',
    call: 'sql',
    of: POSTED_WITH_ITS_TASK,
  },
  {
    step: 'post',
    name: 'after the commit, before the broker has it',
    ...poster,
    side: 'after',
    call: 'sql',
    of: POSTED,
  },
  {
    step: 'publish',
    name: 'after the broker has it, before the row is marked',
    ...poster,
    side: 'after',
    call: 'publish',
    of: 'fan-out',
    once: true,
  },
  {
    step: 'relay',
    name: 'after claiming it, before the broker has it',
    ...large,
    side: 'after',
    call: 'sql',
    of: CLAIMED,
  },
  {
    step: 'relay',
    name: 'after the broker has it, before the row is marked',
    ...large,
    side: 'after',
    call: 'publish',
    of: 'fan-out',
    once: true, // the next worker may have delivered the message before its own relay looks
  },
  {
    step: 'fan-out',
    name: 'before the plan commits',
    ...large,
    side: 'before',
    call: 'sql',
    of: PLANNED,
  },
  {
    step: 'fan-out',
    name: 'after the first chunks are planned, before they are published',
    ...large,
    side: 'after',
    call: 'sql',
    of: PLANNED,
  },
  {
    step: 'fan-out',
    name: 'after the first chunks are published, before the others are planned',
    ...large,
    side: 'after',
    call: 'publish',
    of: 'delivery',
  },
  {
    step: 'fan-out',
    name: 'after all chunks are published, before the acknowledgement',
    ...large,
    side: 'after',
    call: 'handle',
    of: 'fan-out',
  },
  {
    step: 'fan-out',
    name: 'after the only chunk is planned and taken, before it is pushed',
    ...small,
    side: 'after',
    call: 'sql',
    of: PLANNED_AND_TAKEN,
  },
  {
    step: 'fan-out',
    name: 'after the chunks of a crowd are planned and taken, before one is pushed',
    ...crowd,
    side: 'after',
    call: 'sql',
    of: PLANNED_AND_TAKEN,
    once: true, // what has begun goes one by one from there on
  },
  {
    step: 'delivery',
    name: 'after one of a crowd is pushed, before its neighbours are',
    ...crowd,
    side: 'before',
    call: 'script',
    of: PUSH,
    nth: 2,
  },
  {
    step: 'delivery',
    name: 'after all of a crowd are pushed, before the ledger has one',
    ...crowd,
    side: 'before',
    call: 'sql',
    of: FINISHED,
  },
  {
    step: 'delivery',
    name: 'after the ledger has all of a crowd, before that is told',
    ...crowd,
    side: 'after',
    call: 'sql',
    of: FINISHED,
    once: true,
  },
  {
    step: 'delivery',
    name: 'after all of a crowd are told, before the acknowledgement',
    ...crowd,
    side: 'after',
    call: 'handle',
    of: 'fan-out',
  },
  {
    step: 'delivery',
    name: 'after a chunk is taken, before it is pushed',
    ...large,
    side: 'before',
    call: 'script',
    of: PUSH,
  },
  {
    step: 'delivery',
    name: 'after a chunk is pushed, before the ledger has it',
    ...large,
    side: 'after',
    call: 'script',
    of: PUSH,
  },
  {
    step: 'delivery',
    name: 'after the first chunk of a message is pushed, before its others are',
    ...large,
    side: 'after',
    call: 'script',
    of: PUSH,
    nth: 5, // the first four chunks are messages of their own, the fifth is one with three others
  },
  {
    step: 'delivery',
    name: 'after the only chunk is pushed, before the ledger has it',
    ...small,
    side: 'after',
    call: 'script',
    of: PUSH,
  },
  {
    step: 'delivery',
    name: 'after the ledger has a chunk, before its progress is told',
    ...large,
    side: 'after',
    call: 'sql',
    of: FINISHED,
  },
  {
    step: 'delivery',
    name: 'after its progress is told, before the acknowledgement',
    ...large,
    side: 'after',
    call: 'handle',
    of: 'delivery',
  },
  {
    step: 'delivery',
    name: 'after the last chunk closed the fan-out, before that is told',
    ...small,
    side: 'after',
    call: 'sql',
    of: FINISHED,
    once: true,
  },
  {
    step: 'delivery',
    name: 'after the last chunk closed the fan-out, before the followers are packed',
    ...large,
    side: 'before',
    call: 'sql',
    of: PACKED,
    once: true,
  },
];
