/*
 * This is plain data without a schema. The pages show it, and a browser must not load the library that checks schemas.
 */

/** What a fault hits. Two faults never hit one thing at once. */
export type Thing = 'web' | 'worker' | 'workers' | 'queue' | 'timelines' | 'postgres' | 'account';

/** One kind of fault that the lab can cause in the running system. */
export type FaultInfo = {
  on: Thing;
  /** The word on the button. */
  act: string;
  /** What it does, in one sentence. */
  does: string;
  /** What is said while it lasts, and in the log of faults, behind the name of what it hits. */
  state: string;
  /** Seconds until it heals by itself; null for one that is over as soon as it is done. */
  lasts: { usual: number; most: number } | null;
};

/** Every kind of fault, by its name in the HTTP interface. */
export const FAULTS = {
  'worker-killed': {
    on: 'worker',
    act: 'Kill',
    does: 'Ends the process in the middle of its work. It is started again when the time is over.',
    state: 'is killed',
    lasts: { usual: 5, most: 300 },
  },
  'worker-frozen': {
    on: 'worker',
    act: 'Freeze',
    does: 'Stops the process where it is. It goes on later with what it knew before.',
    state: 'is frozen',
    lasts: { usual: 15, most: 300 },
  },
  'workers-changed': {
    on: 'workers',
    act: 'Change',
    does: 'Starts workers, or stops them as a deployment does. Later the number is what it was.',
    state: 'are more or fewer than usual',
    lasts: { usual: 600, most: 3_600 },
  },
  'web-killed': {
    on: 'web',
    act: 'Kill',
    does: 'Ends the process. Browsers wait, and connect again when it is started again.',
    state: 'is killed',
    lasts: { usual: 3, most: 60 },
  },
  'web-frozen': {
    on: 'web',
    act: 'Freeze',
    does: 'Stops the process where it is. Nothing is answered until the time is over, not even here.',
    state: 'is frozen',
    lasts: { usual: 5, most: 60 },
  },
  'queue-killed': {
    on: 'queue',
    act: 'Kill',
    does: 'Ends the server of the queue. Its append-only file brings the messages back when it starts again.',
    state: 'is killed',
    lasts: { usual: 5, most: 300 },
  },
  'queue-emptied': {
    on: 'queue',
    act: 'Empty',
    does: 'Removes every message. The ledger knows what was promised, and the relay publishes it again.',
    state: 'is being emptied',
    lasts: null,
  },
  'timelines-killed': {
    on: 'timelines',
    act: 'Kill',
    does: 'Ends the store of the timelines, and all of them are gone. Readers get theirs from Postgres.',
    state: 'is killed',
    lasts: { usual: 5, most: 300 },
  },
  'timelines-emptied': {
    on: 'timelines',
    act: 'Empty',
    does: 'Removes every timeline while the store goes on answering. Each is rebuilt when its owner reads.',
    state: 'is being emptied',
    lasts: null,
  },
  'timelines-warmed': {
    on: 'timelines',
    act: 'Warm again',
    does: 'Rebuilds all cold timelines from Postgres, one after another, as their owners’ reads would.',
    state: 'is being warmed',
    lasts: { usual: 900, most: 3_600 },
  },
  'postgres-restarted': {
    on: 'postgres',
    act: 'Restart',
    does: 'Ends all sessions, stops the server and starts it again, as an update does.',
    state: 'is being restarted',
    lasts: null,
  },
  'connections-cut': {
    on: 'postgres',
    act: 'Cut connections',
    does: 'Ends every session of web and workers, whatever it is doing.',
    state: 'loses its connections',
    lasts: null,
  },
  'web-replaced': {
    on: 'web',
    act: 'Replace',
    does: 'Replaces the web processes one by one, as a deployment does. No connection is refused.',
    state: 'is being replaced',
    lasts: null,
  },
  'workers-replaced': {
    on: 'workers',
    act: 'Replace all',
    does: 'Stops and starts the workers one after another, as a deployment does.',
    state: 'are being replaced',
    lasts: null,
  },
  'account-pulled': {
    on: 'account',
    act: 'Pull',
    does: 'Tweets of this account are not pushed. Whoever follows it reads them from its list when opening home.',
    state: 'is pulled',
    lasts: { usual: 120, most: 3_600 },
  },
} satisfies Record<string, FaultInfo>;

export type FaultKind = keyof typeof FAULTS;

export const FAULT_KINDS = Object.keys(FAULTS) as [FaultKind, ...FaultKind[]];

/** Each further worker process takes about 120 MB. */
export const MOST_WORKERS = 6;
