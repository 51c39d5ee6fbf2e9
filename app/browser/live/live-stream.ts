import { Lag, oneWayMs } from './lag.ts';
import {
  belongs,
  countHeld,
  eventParser,
  HeardArrivals,
  type HeldBack,
  hold,
  type LiveEvent,
} from './live-event.ts';
import { readEvents, type StreamEnd, type WrittenEvent } from './read-events.ts';
import { takeSlot } from './slots.ts';
import {
  asleep,
  type Effect,
  hasPolls,
  pollInMs,
  retryInMs,
  type StreamEvent,
  type StreamState,
  step,
} from './stream-machine.ts';

/**
 * What a page says about its stream. `waiting` means that four other tabs hold one, and this one polls every 5 s.
 * `refused` means that the server answers and carries no stream for this page.
 */
export type LiveState = {
  state: 'live' | 'connecting' | 'paused' | 'waiting' | 'refused';
  behindMs: number;
  heldBack: number;
};

/** The state of a page that has not connected yet. */
export const CONNECTING: LiveState = { state: 'connecting', behindMs: 0, heldBack: 0 };

const CHECK_MS = 2_000;
/** How long a poll listens. This is enough, because the snapshots of all topics come at once. */
const POLL_LISTENS_MS = 800;
/** Waits this long for further topics, so that components that mount together open one stream. */
const SETTLE_MS = 20;

type Subscriber = { topics: readonly string[]; hear(event: LiveEvent): void };

/**
 * The one multiplexed stream of a tab. Runs the effects that the state machine asks for, and hands every event to the
 * components that asked for its topic. Does nothing before `start`. May be started again after `stop`.
 */
export class LiveStream {
  #machine: StreamState = asleep;
  #reading: AbortController | undefined;
  #releaseSlot: (() => void) | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #poll: ReturnType<typeof setTimeout> | undefined;
  #settle: ReturnType<typeof setTimeout> | undefined;
  #stopping = new AbortController();
  #paused = false;
  #held: HeldBack = new Map();
  #lag = new Lag();
  readonly #arrivals = new HeardArrivals();
  #state: LiveState = CONNECTING;
  readonly #parse = eventParser((text) => console.warn(text));
  readonly #subscribers = new Set<Subscriber>();
  readonly #watchers = new Set<() => void>();

  start(): void {
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    const look = () => this.#happen({ type: document.hidden ? 'hidden' : 'shown' });
    document.addEventListener('visibilitychange', look, { signal });
    window.addEventListener('pagehide', () => this.#happen({ type: 'hidden' }), { signal });
    window.addEventListener('pageshow', look, { signal });
    window.addEventListener('online', () => this.#happen({ type: 'due' }), { signal });
    const check = setInterval(() => this.#happen({ type: 'check', at: performance.now() }), CHECK_MS);
    signal.addEventListener('abort', () => clearInterval(check));
    look();
  }

  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#settle);
    this.#happen({ type: 'hidden' });
  }

  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    this.#retune();
    return () => {
      this.#subscribers.delete(subscriber);
      this.#retune();
    };
  }

  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  read = (): LiveState => this.#state;

  /** While paused, events wait and are counted. Resuming hands them over in order. */
  pause(paused: boolean): void {
    this.#paused = paused;
    const held = this.#held;
    if (!paused) {
      this.#held = new Map();
      for (const event of held.values()) this.#hand(event);
    }
    this.#publish();
  }

  #retune(): void {
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => {
      const topics = new Set([...this.#subscribers].flatMap((subscriber) => subscriber.topics));
      this.#happen({ type: 'topics', topics: [...topics].sort() });
    }, SETTLE_MS);
  }

  #happen(event: StreamEvent): void {
    const [next, effects] = step(this.#machine, event);
    this.#machine = next;
    for (const effect of effects) this.#run(effect);
    this.#publish();
  }

  #run(effect: Effect): void {
    switch (effect) {
      case 'take slot':
        this.#releaseSlot = takeSlot({
          granted: () => this.#happen({ type: 'slot' }),
          none: () => this.#happen({ type: 'no slot' }),
        });
        return;
      case 'release slot':
        this.#releaseSlot?.();
        return;
      case 'open':
        this.#open();
        return;
      case 'close':
        this.#close();
        return;
      case 'retry':
        this.#retry = setTimeout(() => this.#happen({ type: 'due' }), retryInMs(this.#machine));
        return;
      case 'poll':
        this.#pollSoon(0);
        return;
    }
  }

  #open(): void {
    this.#close();
    if (this.#machine.topics.length === 0) return;
    this.#machine = { ...this.#machine, heardAt: performance.now() };
    const { reading, end } = this.#read();
    void end.then((ended) => {
      // A stream that was replaced meanwhile says nothing about the one that is open now.
      if (ended && this.#reading === reading) this.#fail(ended);
    });
  }

  #fail({ is, waitMs }: StreamEnd): void {
    this.#happen({ type: 'failed', refused: is === 'refused', waitMs });
  }

  #close(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#poll);
    this.#reading?.abort();
    this.#reading = undefined;
  }

  #read(): { reading: AbortController; end: Promise<StreamEnd | null> } {
    const { topics, lastEventId } = this.#machine;
    const reading = new AbortController();
    this.#reading = reading;
    const end = readEvents({
      url: `/api/stream?${new URLSearchParams({ topics: topics.join() })}`,
      lastEventId,
      signal: reading.signal,
      opened: () => this.#happen({ type: 'opened', at: performance.now() }),
      heard: (written) => this.#hear(written),
    });
    return { reading, end };
  }

  #hear(written: WrittenEvent): void {
    this.#happen({ type: 'heard', at: performance.now(), id: written.id });
    const event = this.#parse(written);
    if (!event) return;
    const isAgain = this.#arrivals.isAgain(event);
    if (!this.#paused) this.#hand(event);
    else if (!isAgain) this.#held = hold(this.#held, event);
    // `status` does not count: its first event is the last sample, which may be 2 s old.
    if (event.name === 'beat' || event.name === 'arrival') this.#measure(event.data.at);
    if (this.#paused) this.#publish();
  }

  #hand(event: LiveEvent): void {
    for (const { topics, hear } of this.#subscribers) {
      if (topics.some((topic) => belongs(event, topic))) hear(event);
    }
  }

  #measure(at: string): void {
    const behindMs = this.#lag.measure(Date.parse(at), Date.now(), oneWayMs());
    this.#set({ ...this.#state, behindMs });
  }

  /** Tabs without a slot take turns to look, one at a time and briefly, so that fetches find a connection. */
  #pollSoon(inMs: number): void {
    clearTimeout(this.#poll);
    this.#poll = setTimeout(async () => {
      await navigator.locks.request('live-poll', () => this.#glance());
      if (hasPolls(this.#machine)) this.#pollSoon(pollInMs(this.#machine) - POLL_LISTENS_MS);
    }, inMs);
  }

  async #glance(): Promise<void> {
    if (!hasPolls(this.#machine)) return;
    const { reading, end } = this.#read();
    const listened = new Promise<null>((resolve) => setTimeout(() => resolve(null), POLL_LISTENS_MS));
    const ended = await Promise.race([end, listened]);
    if (ended) this.#fail(ended);
    reading.abort();
  }

  #publish(): void {
    this.#set({ ...this.#state, state: this.#word(), heldBack: countHeld(this.#held) });
  }

  #word(): LiveState['state'] {
    if (this.#paused) return 'paused';
    const { phase, refused } = this.#machine;
    if (refused) return 'refused';
    return phase === 'live' || phase === 'waiting' ? phase : 'connecting';
  }

  #set(next: LiveState): void {
    const { state, behindMs, heldBack } = this.#state;
    if (state === next.state && behindMs === next.behindMs && heldBack === next.heldBack) return;
    this.#state = next;
    for (const watcher of this.#watchers) watcher();
  }
}
