/** A figure that was measured, and where it is recorded: `says` are the words of that page. A test reads them there. */
export type Constant = { value: number; unit: string; what: string; page: string; says: string };

export type ConstantName = keyof typeof CONSTANTS;

const at = (page: string) => (value: number, unit: string, what: string, says: string) => ({
  ...{ value, unit, what, page: `docs/${page}`, says },
});
const figures = at('figures.md');
const settings = at('settings.md');
const floors = at('decisions/004-a-floor-marker-and-slack.md');
const messages = at('decisions/016-a-message-carries-four-chunks.md');
const packs = at('decisions/017-followers-are-packed.md');
const home = at('decisions/021-home-without-queries.md');
const together = at('decisions/022-small-fan-outs-travel-together.md');
const commits = at('decisions/024-posts-commit-together.md');
const receipts = at('decisions/038-receipts-go-and-a-restored-ledger-is-known.md');

const ROW_16 =
  '| 16      | 1,742          | 8.5 ms     | 23 ms | 0.19 | 0.30       | 0.21    | 0.27       | 0.97 |';
const ALL_IN_MEMORY =
  '| **now, all in memory**                | **8,116** | **1.8 ms** | **4.8 ms** | **114** | 31    | 14       |';
const NO_CACHE = '| no cache                                  | 561   | 177   | 317      |';

/**
 * What the plan is computed from. All of it was measured on two cores; docs/figures.md names the machines. Posts are those
 * of 16 clients whose tweets go to 200 followers on average, so that a tweet of that size needs no guess.
 */
export const CONSTANTS = {
  fullMillionS: figures(
    1.78,
    's',
    'a store, a million deliveries onto full timelines',
    '| full, 800 entries each                                  | 1.78',
  ),
  shortMillionS: figures(
    0.98,
    's',
    'a store, a million deliveries onto short timelines',
    '| 0.98 (0.92 to 1.18)     | 1,019,000    | 0.88   |',
  ),
  ledgerMillionS: packs(
    0.1,
    's',
    'PostgreSQL, a million deliveries',
    '| packs, and the turn awaited early | 0.85 to 0.88   | 0.10 s     |',
  ),
  workersMillionS: messages(
    0.32,
    's',
    'two workers together, a million deliveries',
    '| four chunks a message           | 1.32 s  | 0.78           | 0.36 s     | 0.16 s   |',
  ),
  postFollowers: figures(
    200,
    'followers',
    'of a tweet on average where posts were measured',
    'The authors have 2 to 1,000 followers',
  ),
  postWebMs: commits(0.19, 'ms', 'a web process, a post', ROW_16),
  postLedgerMs: commits(0.3, 'ms', 'PostgreSQL, a post to its last row', ROW_16),
  postWorkersMs: commits(0.21, 'ms', 'workers, a post to its last row', ROW_16),
  postStoresMs: commits(0.27, 'ms', 'both Redis, a post to its last row', ROW_16),
  queueShare: together(
    0.34,
    '',
    'of what both Redis do for a post, the queue',
    '| travel together | 0.46                      | 1.13       | 0.42     | 0.15  | 0.29      |',
  ),
  postTurnUs: commits(
    64,
    'µs',
    'the backlog’s row, a post in a crowd',
    '| 64                 | 64                | 6           |',
  ),
  finishTurnUs: together(
    60,
    'µs',
    'the same, an end of a fan-out in a crowd',
    '| finishing                                    | 250        | 86            | 60             |',
  ),
  hintUs: together(6, 'µs', 'one hint', 'eight hints of one turn cost 6 µs each'),
  tweetsAMessage: together(
    3,
    'tweets',
    'in a message of small fan-outs, in a crowd',
    '| **up to 8**                                 | 3.0              |',
  ),
  chunk: settings(4_000, 'followers', 'a chunk', '| `CHUNK_SIZE`           | 4000'),
  chunksAMessage: messages(
    4,
    'chunks',
    'a message of a large tweet',
    'A delivery message names up to four chunks',
  ),
  warmWebUs: home(114, 'µs', 'a web process, a page of home that it remembers', ALL_IN_MEMORY),
  warmStoreUs: home(31, 'µs', 'a store, the same', ALL_IN_MEMORY),
  warmLedgerUs: home(14, 'µs', 'PostgreSQL, the same', ALL_IN_MEMORY),
  coldWebUs: home(561, 'µs', 'a web process, a page of which it remembers nothing', NO_CACHE),
  coldStoreUs: home(
    46,
    'µs',
    'a store, the same: 31 and 15 for a timeline that is missing',
    'costs 15 µs of the store within the call that each page makes',
  ),
  coldLedgerUs: home(317, 'µs', 'PostgreSQL, the same', NO_CACHE),
  entryBytes: receipts(
    10,
    'bytes',
    'an entry of a timeline whose id is above 2³¹',
    'above 2^31 an entry takes 10 bytes in place of 6',
  ),
  cap: settings(800, 'entries', 'a timeline keeps', '| `TIMELINE_CAP`         | 800'),
  slack: floors(80, 'entries', 'and at most so many more until it is trimmed', '80'),
  dropShare: settings(
    0.75,
    '',
    'of its memory that a store fills',
    'above three quarters of it the timelines that are unread the longest are dropped',
  ),
  messageBytes: figures(585, 'bytes', 'a message that waits in Redis: 579 MB for 990,000', '11, 62, 590 MB'),
  connections: settings(
    20,
    'connections',
    'to PostgreSQL, of a web process or a worker',
    'a web process holds up to 20, a worker about 20',
  ),
} as const satisfies Record<string, Constant>;
