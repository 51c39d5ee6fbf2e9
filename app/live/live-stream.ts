import { fullJitter } from '#core/backoff.ts';
import { Lag, oneWayMs } from './lag.ts';
import { belongs, countHeld, EVENT_NAMES, type HeldBack, hold, type LiveEvent } from './live-event.ts';
import { takeSlot } from './slots.ts';
import { asleep, type Effect, type StreamEvent, type StreamState, step } from './stream-machine.ts';

/**
 * What a page says about its stream: `waiting` means that four other tabs hold one and this one polls every 5 s,
 * `refused` that the server answers and carries no stream of this page.
 */
export type LiveState = {
  state: 'live' | 'connecting' | 'paused' | 'waiting' | 'refused';
  behindMs: number;
  heldBack: number;
};

/** What a page that has not connected yet says. */
export const CONNECTING: LiveState = { state: 'connecting', behindMs: 0, heldBack: 0 };

const BACKOFF = { baseMs: 250, capMs: 5_000 };
/** Once may be a server that came back between the failure and the question. */
const REFUSALS_IN_A_ROW = 2;
const ANSWER_MS = 2_000;
const CHECK_MS = 2_000;
const POLL_MS = 5_000;
/** How long a poll listens: the snapshots of all topics come at once. */
const POLL_LISTENS_MS = 800;
/** Components that mount together make one stream. */
const SETTLE_MS = 20;

type Subscriber = { topics: readonly string[]; hear(event: LiveEvent): void };

/**
 * The one multiplexed stream of a tab: runs the effects that the state machine asks for and hands every event to
 * the components whose topic it is. Does nothing before `start`; may be started again after `stop`.
 */
export class LiveStream {
  #machine: StreamState = asleep;
  #source: EventSource | undefined;
  #releaseSlot: (() => void) | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #poll: ReturnType<typeof setTimeout> | undefined;
  #settle: ReturnType<typeof setTimeout> | undefined;
  #stopping = new AbortController();
  #paused = false;
  /** Failures in a row after which the server answered all the same. */
  #refusals = 0;
  #held: HeldBack = new Map();
  #lag = new Lag();
  #state: LiveState = CONNECTING;
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

  /** While paused, events wait and are counted; resuming hands them over in order. */
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
        this.#retry = setTimeout(
          () => this.#happen({ type: 'due' }),
          fullJitter(BACKOFF, this.#machine.failures - 1),
        );
        return;
      case 'poll':
        this.#pollSoon(0);
        return;
    }
  }

  #open(): void {
    this.#close();
    const { topics } = this.#machine;
    if (topics.length === 0) return;
    const source = this.#listen(topics);
    this.#machine = { ...this.#machine, heardAt: performance.now() };
    source.addEventListener('open', () => {
      this.#refusals = 0;
      this.#happen({ type: 'opened', at: performance.now() });
    });
    source.addEventListener('error', () => {
      this.#happen({ type: 'failed' });
      void this.#askWhy();
    });
  }

  /** An EventSource tells no status: whether the server is away or just carries no more streams, it is asked itself. */
  async #askWhy(): Promise<void> {
    const answers = await fetch('/healthz', { signal: AbortSignal.timeout(ANSWER_MS) }).then(
      ({ ok }) => ok,
      () => false,
    );
    this.#refusals = answers ? this.#refusals + 1 : 0;
    this.#publish();
  }

  #close(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#poll);
    this.#source?.close();
    this.#source = undefined;
  }

  #listen(topics: readonly string[]): EventSource {
    const query = new URLSearchParams({ topics: topics.join() });
    if (this.#machine.lastEventId) query.set('lastEventId', this.#machine.lastEventId);
    const source = new EventSource(`/api/stream?${query}`);
    this.#source = source;
    for (const name of EVENT_NAMES) {
      source.addEventListener(name, (message) =>
        this.#hear({ name, data: JSON.parse(message.data) }, message.lastEventId),
      );
    }
    return source;
  }

  #hear(event: LiveEvent, id: string): void {
    this.#happen({ type: 'heard', at: performance.now(), id: id || null });
    if (this.#paused) this.#held = hold(this.#held, event);
    else this.#hand(event);
    // Not `status`: its first one is the last sample, up to 2 s old.
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

  /** A tab without a slot takes turns with its like: one short look at a time, so that fetches find a connection. */
  #pollSoon(inMs: number): void {
    clearTimeout(this.#poll);
    this.#poll = setTimeout(async () => {
      await navigator.locks.request('live-poll', () => this.#glance());
      if (this.#machine.phase === 'waiting') this.#pollSoon(POLL_MS - POLL_LISTENS_MS);
    }, inMs);
  }

  async #glance(): Promise<void> {
    if (this.#machine.phase !== 'waiting') return;
    const source = this.#listen(this.#machine.topics);
    await new Promise((resolve) => setTimeout(resolve, POLL_LISTENS_MS));
    source.close();
  }

  #publish(): void {
    this.#set({ ...this.#state, state: this.#word(), heldBack: countHeld(this.#held) });
  }

  #word(): LiveState['state'] {
    if (this.#paused) return 'paused';
    const { phase } = this.#machine;
    if (phase === 'live' || phase === 'waiting') return phase;
    return this.#refusals >= REFUSALS_IN_A_ROW ? 'refused' : 'connecting';
  }

  #set(next: LiveState): void {
    const { state, behindMs, heldBack } = this.#state;
    if (state === next.state && behindMs === next.behindMs && heldBack === next.heldBack) return;
    this.#state = next;
    for (const watcher of this.#watchers) watcher();
  }
}
