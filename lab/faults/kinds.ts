import type { BreakableStage, LinkedProcess } from '#lab/stage/breakable-stage.ts';
import type { ServerName } from '#lab/stage/controlled-servers.ts';
import type { Link } from '#testing/link.ts';
import { pullAnAuthor } from './authors.ts';
import { floodAudits, floodStreams, neverRead, sendHalf } from './clients.ts';
import { breakMove, freezeMaster, loseMaster, loseWrites, moveShard } from './masters.ts';
import { expireLeases, repeatMessages } from './messages.ts';
import {
  crashPostgres,
  cutConnections,
  emptyQueue,
  emptyTimelines,
  fillDisk,
  freeze,
  type Heal,
  kill,
  moveClock,
  restart,
  restoreTimelines,
  sleep,
  takePostgresBack,
} from './outages.ts';
import { demoteTimelines, fillTimelines, refuseWrites } from './refusals.ts';

/**
 * What clients that mean harm use up in the web process. The process goes on, so any other fault may hit it meanwhile.
 */
type Front = 'streams' | 'bodies' | 'audits';

/** What of a stage decides which faults it can have. */
export type Possible = Pick<BreakableStage, 'disks' | 'cluster'>;

/** A kind of fault. Two faults never hit the same thing at once, but any number of things may be hit. */
export type Kind = {
  on:
    | 'worker'
    | 'web'
    | 'queue'
    | 'timelines'
    | 'masters'
    | 'postgres'
    | 'machine'
    | 'link'
    | 'messages'
    | 'leases'
    | 'clock'
    | 'author'
    | Front;
  /** Ranges of milliseconds until it heals. Each range is as likely as the others. */
  lasts: (readonly [from: number, to: number])[];
  /** Says whether the fault can happen on this stage. When missing, it always can. */
  isPossible?: (stage: Possible) => boolean;
  /** The servers whose links it may hit. When missing, all of them. */
  to?: ServerName[];
  inflict: (stage: BreakableStage, target: string, random: () => number) => Promise<Heal>;
};

/** The timelines are on one server, which the stage has links to. On a cluster its masters are hit instead. */
const onServer = { on: 'timelines', isPossible: ({ cluster }: Possible) => cluster === null } as const;
const onMasters = { on: 'masters', isPossible: ({ cluster }: Possible) => cluster !== null } as const;

const AT_ONCE = [[0, 0]] as const;
const SHORT = [50, 1_000] as const;
/** Longer than a broker's lease of 5 s: it runs out, and another worker takes what was in hand. */
const BEYOND_LEASE = [6_000, 9_000] as const;
/** Longer than a cluster waits for a node of the stage: its replica takes its place. */
const BEYOND_NODE = [3_000, 8_000] as const;
/** Two of them never overlap, so longer ones would leave little time for the faults that break servers. */
const HOSTILE = [500, 3_000] as const;

/** Every kind of fault that the nemesis knows. */
export const KINDS = {
  'worker killed': {
    on: 'worker',
    lasts: [SHORT],
    inflict: (stage, target) => kill(worker(stage, target)),
  },
  'worker frozen': {
    on: 'worker',
    lasts: [SHORT, SHORT, BEYOND_LEASE],
    inflict: (stage, target) => freeze(worker(stage, target)),
  },
  'worker restarted': {
    on: 'worker',
    lasts: [...AT_ONCE],
    inflict: (stage, target) => restart(worker(stage, target)),
  },
  'web killed': { on: 'web', lasts: [SHORT], inflict: ({ web }) => kill(web) },
  'web frozen': { on: 'web', lasts: [SHORT], inflict: ({ web }) => freeze(web) },
  'web restarted': { on: 'web', lasts: [[0, 500]], inflict: ({ web }) => restart(web) },
  'queue killed': { on: 'queue', lasts: [SHORT], inflict: ({ servers }) => kill(servers.queue) },
  'queue restarted': { on: 'queue', lasts: [SHORT], inflict: ({ servers }) => restart(servers.queue) },
  'queue disk full': {
    on: 'queue',
    lasts: [[200, 2_500]],
    isPossible: ({ disks }) => disks.queue !== null,
    inflict: fillDisk('queue'),
  },
  'queue emptied': { on: 'queue', lasts: [...AT_ONCE], inflict: emptyQueue },
  'timelines killed': { ...onServer, lasts: [SHORT], inflict: ({ servers }) => kill(servers.timelines) },
  'timelines restarted': {
    ...onServer,
    lasts: [SHORT],
    inflict: ({ servers }) => restart(servers.timelines),
  },
  'timelines emptied': { ...onServer, lasts: [...AT_ONCE], inflict: emptyTimelines },
  'timelines restored': { ...onServer, lasts: [[200, 2_500]], inflict: restoreTimelines },
  'timelines full': { ...onServer, lasts: [[100, 1_500]], inflict: fillTimelines },
  'timelines read-only': { ...onServer, lasts: [SHORT, SHORT, [1_000, 4_000]], inflict: refuseWrites },
  'timelines demoted': { ...onServer, lasts: [SHORT, SHORT, [1_000, 4_000]], inflict: demoteTimelines },
  'master killed': { ...onMasters, lasts: [SHORT], inflict: loseMaster },
  'master killed, last writes lost': { ...onMasters, lasts: [SHORT], inflict: loseWrites },
  'master frozen': { ...onMasters, lasts: [SHORT, BEYOND_NODE], inflict: freezeMaster },
  'slot moved': { ...onMasters, lasts: [...AT_ONCE], inflict: moveShard },
  'slot move broken off': { ...onMasters, lasts: [SHORT], inflict: breakMove },
  'postgres restarted': {
    on: 'postgres',
    lasts: [[0, 500]],
    inflict: ({ servers }) => restart(servers.postgres),
  },
  'postgres crashed': { on: 'postgres', lasts: [[0, 500]], inflict: crashPostgres },
  'postgres restored': {
    on: 'postgres',
    lasts: [
      [1_000, 4_000],
      [1_000, 9_000],
    ],
    inflict: takePostgresBack,
  },
  'postgres disk full': {
    on: 'postgres',
    lasts: [[200, 2_500]],
    isPossible: ({ disks }) => disks.postgres !== null,
    inflict: fillDisk('postgres'),
  },
  'connections cut': { on: 'postgres', lasts: [...AT_ONCE], inflict: cutConnections },
  'machine slept': { on: 'machine', lasts: [SHORT, SHORT, [6_000, 7_500]], inflict: sleep },
  'link cut': { on: 'link', lasts: [SHORT], inflict: linked((link) => link.cut()) },
  'link stalled': {
    on: 'link',
    lasts: [SHORT, SHORT, BEYOND_LEASE],
    inflict: linked((link) => link.stall()),
  },
  'link slowed': {
    on: 'link',
    lasts: [[500, 4_000]],
    inflict: linked((link, random) => link.slow(Math.round(5 + 95 * random()))),
  },
  'cut in mid-burst': { on: 'link', to: ['queue'], lasts: [SHORT], inflict: linked(cutInMidBurst) },
  'acknowledgements lost': {
    on: 'link',
    to: ['queue'],
    lasts: [[300, 1_500]],
    inflict: linked((link, random) => link.lose(random() < 0.5 ? 'process' : 'server')),
  },
  'messages repeated': { on: 'messages', lasts: [...AT_ONCE], inflict: repeatMessages },
  'leases expired': { on: 'leases', lasts: [...AT_ONCE], inflict: expireLeases },
  'clock moved by an hour': {
    on: 'clock',
    lasts: [[2_000, 9_000]],
    inflict: (stage, target, random) => moveClock(stage, target, random()),
  },
  'author pulled': { on: 'author', lasts: [SHORT, [1_000, 9_000]], inflict: pullAnAuthor },
  'reader that does not read': { on: 'streams', lasts: [HOSTILE], inflict: neverRead },
  'streams in a flood': { on: 'streams', lasts: [HOSTILE], inflict: floodStreams },
  'half-sent bodies': { on: 'bodies', lasts: [HOSTILE], inflict: sendHalf },
  'audits in a flood': { on: 'audits', lasts: [HOSTILE], inflict: floodAudits },
} satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as KindName[];

/** After these faults no timeline is left in which a tweet could be twice. Rounds without them look for that. */
const EMPTYING: KindName[] = [
  ...(['timelines killed', 'timelines emptied', 'timelines full'] as const),
  ...(['slot moved', 'slot move broken off'] as const),
];

/**
 * These come only when `--kinds` names them. What was answered in the time that a restore takes back may be there or
 * not, and that would excuse what another fault did. And BullMQ takes its time from its clients: a worker whose clock
 * is an hour ahead puts a message off when it tries it again, until the ledger publishes it once more.
 */
const BY_NAME: KindName[] = ['postgres restored', 'clock moved by an hour'];

/**
 * The kinds of a round. In two rounds together each kind comes equally often. Every other round empties no timelines.
 */
export function kindsOf(round: number): KindName[] {
  const kinds = KIND_NAMES.filter((kind) => !BY_NAME.includes(kind));
  if (round % 2 === 1) return [...kinds, ...EMPTYING];
  return kinds.filter((kind) => !EMPTYING.includes(kind));
}

/** Those of these kinds that can happen on a stage. */
export function possibleKinds(kinds: KindName[], stage: Possible): KindName[] {
  return kinds.filter((name) => {
    const { isPossible }: Kind = KINDS[name];
    return isPossible?.(stage) ?? true;
  });
}

/** What a kind may hit on a stage with these workers, and with links to these servers. */
export function targetsOf(
  { on, to }: Pick<Kind, 'on' | 'to'>,
  { workers, linked }: { workers: string[]; linked: ServerName[] },
): string[] {
  switch (on) {
    case 'worker':
      return workers;
    case 'clock':
      return ['web', ...workers.map((name) => `worker ${name}`)];
    case 'link':
      return ['web', ...workers].flatMap((process) =>
        (to ?? linked).map((server) => `${process} to ${server}`),
      );
    default:
      return [on];
  }
}

/** The servers that web and workers reach by links. The nodes of a cluster are reached as they say themselves. */
export const linkedServers = ({ cluster }: Possible): ServerName[] =>
  cluster ? ['postgres', 'queue'] : ['postgres', 'queue', 'timelines'];

function worker({ workers }: BreakableStage, name: string): LinkedProcess {
  const found = workers.find((each) => each.name === `worker ${name}`);
  if (!found) throw new Error(`Expected a worker, got ${name}`);
  return found;
}

function linked(hit: (link: Link, random: () => number) => void | Promise<void>): Kind['inflict'] {
  return async (stage, target, random) => {
    const [process = '', server] = target.split(' to ') as [string, ServerName];
    const { links } = process === 'web' ? stage.web : worker(stage, process);
    await hit(links[server], random);
    return async () => links[server].heal();
  };
}

const SILENCE = 5_000; // ms; when nothing is sent for so long, the link is simply cut

/** A few messages come through, and those behind them do not. The sender does not learn which of them were stored. */
async function cutInMidBurst(link: Link, random: () => number): Promise<void> {
  await link.cutAfter(Math.round(200 + 4_000 * random()), SILENCE).catch(() => link.cut());
}
