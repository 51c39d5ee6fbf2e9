import { Refusal } from '#api/problem.ts';
import { retryAfterS } from '#core/admission/refuse.ts';

/** A stream of any kind, as the process counts it. */
export type OpenStream = {
  /** Bytes that were sent and that the system has not taken. */
  readonly waiting: number;
  /** Calls `callback` when the stream ends, whoever ends it; at once if it has ended. */
  onEnd(callback: () => void): void;
  /** Asks the client to come back after so many milliseconds, if its kind can say so, and ends. */
  sendAway(retryMs: number): void;
};

const WAIT_S = 5; // s; the pages' own backoff goes up to as much
const COME_BACK = 250; // ms; another web process is there already, or this one is back in a few seconds

/** What streams are shared by: clients at one address, a browser's session, and an account or token of an app. */
type Share = 'address' | 'session' | 'account' | 'token';

/** How many streams one web process carries, and how many of them for one client. */
export type StreamBounds = { all: number } & Record<Share, number> & {
    /** Bytes that may wait for the reader of one stream. */
    mostWaiting: number;
  };

/** Whom a stream is for, as far as it is known. */
export type StreamClient = { [share in Share]?: string | number | undefined };

/** The streams of one web process. */
export class OpenStreams {
  readonly #open = new Set<OpenStream>();
  readonly #byClient = new Map<string, number>();
  #closing = false;

  constructor(private readonly bounds: StreamBounds) {}

  /** Streams that have not ended. */
  get count(): number {
    return this.#open.size;
  }

  /** Bytes that wait for the readers of all of them. */
  get waiting(): number {
    return [...this.#open].reduce((sum, stream) => sum + stream.waiting, 0);
  }

  /**
   * Opens a stream, which `make` makes. It ends when its connection does, and at once when all are being ended. Refuses one
   * more than this process may carry, or than this client may have, because the open streams must not suffer.
   */
  open<S extends OpenStream>(client: StreamClient, make: (mostWaiting: number) => S): S {
    this.requireRoom(client);
    const stream = make(this.bounds.mostWaiting);
    const shares = sharesOf(client);
    this.#open.add(stream);
    for (const { name } of shares) this.#count(name, 1);
    stream.onEnd(() => {
      this.#open.delete(stream);
      for (const { name } of shares) this.#count(name, -1);
    });
    if (this.#closing) stream.sendAway(COME_BACK);
    return stream;
  }

  /** Throws the refusal that {@link open} would throw now. */
  requireRoom(client: StreamClient): void {
    const { all } = this.bounds;
    if (this.count >= all) throw tooManyStreams(this.count, all);
    for (const { name, share } of sharesOf(client)) {
      const open = this.#byClient.get(name) ?? 0;
      if (open >= this.bounds[share]) throw overShare(share, open, this.bounds[share]);
    }
  }

  /** Ends all of them and those that come: their clients are asked to come back. May be called twice. */
  endAll(): void {
    this.#closing = true;
    for (const stream of this.#open) stream.sendAway(COME_BACK);
  }

  #count(name: string, by: 1 | -1): void {
    const open = (this.#byClient.get(name) ?? 0) + by;
    if (open === 0) this.#byClient.delete(name);
    else this.#byClient.set(name, open);
  }
}

const SHARES: Share[] = ['address', 'session', 'account', 'token'];

const sharesOf = (client: StreamClient): { share: Share; name: string }[] =>
  SHARES.flatMap((share) =>
    client[share] === undefined ? [] : [{ share, name: `${share} ${client[share]}` }],
  );

function tooManyStreams(open: number, limit: number): Refusal {
  const retryAfter = retryAfterS(WAIT_S);
  return new Refusal(
    'too-many-streams',
    `Expected fewer than ${limit} streams to be open, ${open} are. Try again in ${retryAfter} s.`,
    { headers: { 'retry-after': String(retryAfter) }, figures: { open, limit, retryAfter } },
  );
}

function overShare(share: Share, open: number, limit: number): Refusal {
  const retryAfter = retryAfterS(WAIT_S);
  return new Refusal(
    'over-share',
    `Expected fewer than ${limit} streams of one ${share} to be open, ${open} are. Close one, or try again in ${retryAfter} s.`,
    { headers: { 'retry-after': String(retryAfter) }, figures: { open, limit, retryAfter } },
  );
}
