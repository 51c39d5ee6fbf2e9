import type { Gap } from './trap.ts';

const STEPS = ['post', 'publish', 'relay', 'fan-out', 'delivery'] as const;
type Step = (typeof STEPS)[number];

/** A gap between two steps of the path of one tweet. See docs/path.md. */
export type CrashPoint = Gap & {
  step: Step;
  name: string;
  /** Who dies: a worker, or the process that posts. That one posts all tweets at once. */
  who: 'poster' | 'worker';
  /** A tweet of many chunks, a tweet of one chunk, or several tweets of one chunk in one message. */
  audience: 'large' | 'small' | 'crowd';
  /** Set when a second process may never come to this point, because what the first one did is not undone. */
  once?: true;
};

// Patterns of statements. Those that end with COMMIT match all that their transaction has said.
const POSTED = 'FROM post_tweets';
const POSTED_WITH_ITS_TASK = 'FROM post_tweets[^]*COMMIT$';
const CLAIMED = 'UPDATE fan_out SET due_at[^]*SKIP LOCKED';
const PLANNED = 'planned_shard = coalesce[^]*COMMIT$';
const PLANNED_AND_TAKEN = 'WITH small AS';
const FINISHED = 'chunks_done = f.chunks_done \\+ sum.chunks';
const PACKED = 'INSERT INTO follower_pack[^]*COMMIT$';
const PUSH = '^receipt:';

const poster = { who: 'poster', audience: 'large' } as const;
const posters = { who: 'poster', audience: 'crowd' } as const;
const large = { who: 'worker', audience: 'large' } as const;
const small = { who: 'worker', audience: 'small' } as const;
const crowd = { who: 'worker', audience: 'crowd' } as const;

const before = (call: Gap['call'], of: string, nth = 1): Gap => ({ side: 'before', call, of, nth });
const after = (call: Gap['call'], of: string, nth = 1): Gap => ({ side: 'after', call, of, nth });

type Victim = Pick<CrashPoint, 'who' | 'audience'>;

// In the order of the path.
const POINTS: Record<Step, Record<string, [Victim, Gap, once?: 'once']>> = {
  post: {
    'before its transaction commits': [poster, before('sql', POSTED_WITH_ITS_TASK)],
    'after the commit, before the broker has it': [poster, after('sql', POSTED)],
    'after the commit of a crowd, before the broker has one': [posters, after('sql', POSTED)],
  },
  publish: {
    'after the broker has it, before the row is marked': [poster, after('publish', 'fan-out'), 'once'],
  },
  relay: {
    'after claiming it, before the broker has it': [large, after('sql', CLAIMED)],
    // once: the next worker may have delivered the message before its own relay looks
    'after the broker has it, before the row is marked': [large, after('publish', 'fan-out'), 'once'],
  },
  'fan-out': {
    'before the plan commits': [large, before('sql', PLANNED)],
    'after the first chunks are planned, before they are published': [large, after('sql', PLANNED)],
    'after the first chunks are published, before the others are planned': [
      large,
      after('publish', 'delivery'),
    ],
    'after all chunks are published, before the acknowledgement': [large, after('handle', 'fan-out')],
    'after the only chunk is planned and taken, before it is pushed': [
      small,
      after('sql', PLANNED_AND_TAKEN),
    ],
    // once: chunks that have begun are delivered one by one from there on
    'after the chunks of a crowd are planned and taken, before one is pushed': [
      crowd,
      after('sql', PLANNED_AND_TAKEN),
      'once',
    ],
  },
  delivery: {
    'after one of a crowd is pushed, before its neighbours are': [crowd, before('script', PUSH, 2)],
    'after all of a crowd are pushed, before the ledger has one': [crowd, before('sql', FINISHED)],
    'after the ledger has all of a crowd, before that is told': [crowd, after('sql', FINISHED), 'once'],
    'after all of a crowd are told, before the acknowledgement': [crowd, after('handle', 'fan-out')],
    'after a chunk is taken, before it is pushed': [large, before('script', PUSH)],
    'after a chunk is pushed, before the ledger has it': [large, after('script', PUSH)],
    // the first four chunks are messages of their own, the fifth is one with three others
    'after the first chunk of a message is pushed, before its others are': [large, after('script', PUSH, 5)],
    'after the only chunk is pushed, before the ledger has it': [small, after('script', PUSH)],
    'after the ledger has a chunk, before its progress is told': [large, after('sql', FINISHED)],
    'after its progress is told, before the acknowledgement': [large, after('handle', 'delivery')],
    'after the last chunk closed the fan-out, before that is told': [small, after('sql', FINISHED), 'once'],
    'after the last chunk closed the fan-out, before the followers are packed': [
      large,
      before('sql', PACKED),
      'once',
    ],
  },
};

export const CRASH_POINTS: CrashPoint[] = STEPS.flatMap((step) =>
  Object.entries(POINTS[step]).map(([name, [victim, gap, once]]) => ({
    ...{ step, name, ...victim, ...gap },
    ...(once && { once: true }),
  })),
);
