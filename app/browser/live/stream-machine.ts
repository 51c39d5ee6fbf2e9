import { fullJitter } from '#core/backoff.ts';
import { SECOND } from '#core/durations.ts';

/**
 * The life of a tab's one stream, as a state machine that needs no browser.
 *
 *            shown            slot            opened
 *   hidden ────────▶ asking ────────▶ connecting ──────▶ live
 *      ▲               │ no slot  slot ▲  ▲   ▲            │ failed, or silent for longer than two beats
 *      │ hidden        ▼               │  │   │ due        ▼
 *    (any)          waiting ───────────┘  │   └──────── retrying
 *                   (polls)               └ topics (from connecting, live and retrying)
 *
 * Every failure closes the stream. A new one is opened after the wait that the server asked for and a full-jitter
 * backoff on top.
 */
type Phase = 'hidden' | 'asking' | 'waiting' | 'connecting' | 'live' | 'retrying';

export type StreamState = {
  phase: Phase;
  topics: readonly string[];
  /** Failures in a row. */
  failures: number;
  /** Whether the server answered the last try without carrying a stream. */
  refused: boolean;
  /** How long the server asked to wait after the last failure. */
  waitMs: number;
  /** Sent back on the next open, so that arrivals missed meanwhile come first. */
  lastEventId: string | null;
  /** When anything was last heard, by the browser's monotonic clock, in ms. */
  heardAt: number;
};

export type StreamEvent =
  | { type: 'shown' | 'hidden' | 'slot' | 'no slot' | 'due' }
  | { type: 'failed'; refused: boolean; waitMs: number }
  | { type: 'topics'; topics: readonly string[] }
  | { type: 'opened' | 'check'; at: number }
  | { type: 'heard'; at: number; id: string | null };

export type Effect = 'take slot' | 'release slot' | 'open' | 'close' | 'retry' | 'poll';

type Step = readonly [StreamState, readonly Effect[]];

/** `beat` comes every 5 s. When two are missing, the stream is dead, even if no error said so. */
export const SILENT_MS = 12 * SECOND;

export const asleep: StreamState = {
  phase: 'hidden',
  topics: [],
  failures: 0,
  refused: false,
  waitMs: 0,
  lastEventId: null,
  heardAt: 0,
};

const BACKOFF = { baseMs: 250, capMs: 5_000 };

const POLL_MS = 5_000;

/** Whether a tab without a slot has anything to look for. */
export const hasPolls = ({ phase, topics }: StreamState): boolean => phase === 'waiting' && topics.length > 0;

/** How long a tab without a slot waits between two looks: as long as the server asked for, if that is longer. */
export const pollInMs = ({ waitMs }: StreamState): number => Math.max(POLL_MS, waitMs);

/** How long to wait before a failed stream is opened anew: what the server asked for, and a backoff on top. */
export function retryInMs({ waitMs, failures }: StreamState, random = Math.random): number {
  return waitMs + fullJitter(BACKOFF, failures - 1, random);
}

/** What follows from one event: the next state, and the effects in the order in which to run them. */
export function step(state: StreamState, event: StreamEvent): Step {
  switch (event.type) {
    case 'shown':
      return state.phase === 'hidden' ? [{ ...state, phase: 'asking' }, ['take slot']] : stay(state);
    case 'hidden':
      return [{ ...state, phase: 'hidden', failures: 0, refused: false }, ['close', 'release slot']];
    case 'slot':
      return state.phase === 'asking' || state.phase === 'waiting' ? connect(state) : stay(state);
    case 'no slot':
      return state.phase === 'asking' ? [{ ...state, phase: 'waiting' }, ['poll']] : stay(state);
    case 'topics':
      return retune(state, event.topics);
    case 'opened':
      return opened(state, event.at);
    case 'heard':
      return [{ ...state, heardAt: event.at, lastEventId: event.id ?? state.lastEventId }, []];
    case 'failed':
      if (state.phase === 'waiting') return stay({ ...state, refused: event.refused, waitMs: event.waitMs });
      return holdsStream(state.phase) ? fail(state, event) : stay(state);
    case 'check':
      return holdsStream(state.phase) && event.at - state.heardAt > SILENT_MS
        ? fail(state, SILENCE)
        : stay(state);
    case 'due':
      return state.phase === 'retrying' ? connect(state) : stay(state);
  }
}

const stay = (state: StreamState): Step => [state, []];
const connect = (state: StreamState): Step => [{ ...state, phase: 'connecting' }, ['open']];
const holdsStream = (phase: Phase): boolean => phase === 'connecting' || phase === 'live';

/** A poll that is answered says the same as a stream that is opened: the server has room. */
function opened(state: StreamState, at: number): Step {
  const well = { ...state, failures: 0, refused: false, waitMs: 0 };
  if (state.phase === 'connecting') return [{ ...well, phase: 'live', heardAt: at }, []];
  return state.phase === 'waiting' ? stay(well) : stay(state);
}

type Failure = Pick<StreamState, 'refused' | 'waitMs'>;

const SILENCE: Failure = { refused: false, waitMs: 0 };

function fail(state: StreamState, { refused, waitMs }: Failure): Step {
  const failures = state.failures + 1;
  return [{ ...state, phase: 'retrying', failures, refused, waitMs }, ['close', 'retry']];
}

function retune(state: StreamState, topics: readonly string[]): Step {
  const next = { ...state, topics };
  if (state.topics.join() === topics.join()) return stay(next);
  if (state.phase === 'waiting') return [next, ['poll']];
  return holdsStream(state.phase) || state.phase === 'retrying' ? connect(next) : stay(next);
}
