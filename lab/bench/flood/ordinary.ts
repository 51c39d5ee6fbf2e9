import { type Draft, newDraft, noteOnly } from '#lab/clients/post.ts';
import type { Caller } from '#lab/clients/session.ts';
import { Asking } from '#lab/hostile/ask.ts';
import { atRate } from '#lab/load/at-rate.ts';

/** People who do no harm: authors whose posts go to twelve, and readers of home. */
export type Ordinary = { authors: Caller[]; readers: Caller[] };

/** The answers that they got. */
export type Seen = {
  /** Milliseconds of each post and each page, from the time at which it was due to the last byte of its answer. */
  posts: number[];
  reads: number[];
  /** Requests without success, by status of the answer, or without an answer. */
  refused: Map<string, number>;
  /** All posts, for the checker. */
  drafts: Draft[];
};

export type Pace = { posts: number; reads: number };

const OWN_ADDRESS = '127.0.0.1';
const CONNECTIONS = 4; // for each person

/** Sends requests as ordinary people do. Loads come one after the other, over connections that stay open. */
export class OrdinaryLoad {
  readonly #authors: { caller: Caller; asking: Asking }[];
  readonly #readers: Asking[];
  #posted = 0;

  constructor({ authors, readers }: Ordinary) {
    const asking = (caller: Caller) => new Asking({ ...caller, from: OWN_ADDRESS }, CONNECTIONS);
    this.#authors = authors.map((caller) => ({ caller, asking: asking(caller) }));
    this.#readers = readers.map(asking);
  }

  /** Posts and reads at a steady pace for `ms`, whatever the answers are, and waits for the last answer. */
  async run({ posts, reads }: Pace, ms: number): Promise<Seen> {
    const seen: Seen = { posts: [], reads: [], refused: new Map(), drafts: [] };
    const over = AbortSignal.timeout(ms);
    const asked: Promise<void>[] = [];
    await Promise.all([
      atRate(posts, (due) => void asked.push(this.#post(due, seen)), over),
      atRate(reads, (due, number) => void asked.push(this.#read(due, number, seen)), over),
    ]);
    await Promise.all(asked);
    return seen;
  }

  /** Closes the connections. The next load opens others. */
  hangUp(): void {
    for (const { asking } of this.#authors) asking.stop();
    for (const asking of this.#readers) asking.stop();
  }

  async #post(due: number, seen: Seen): Promise<void> {
    const author = this.#authors[this.#posted++ % this.#authors.length];
    if (!author) throw new Error('Expected an author, got none');
    const draft = newDraft(author.caller, `ordinary-${crypto.randomUUID()}`);
    seen.drafts.push(draft);
    const { status, text } = await author.asking.ask({
      ...{ method: 'POST', path: '/api/tweets', headers: { 'idempotency-key': draft.key } },
      body: JSON.stringify({ text: draft.text }),
    });
    seen.posts.push(performance.now() - due);
    noteOnly(draft, { status, text });
    if (status !== 202) refuse(seen, status);
  }

  async #read(due: number, number: number, seen: Seen): Promise<void> {
    const reader = this.#readers[number % this.#readers.length];
    const answer = await reader?.ask({ method: 'GET', path: '/api/timelines/home?limit=50' });
    seen.reads.push(performance.now() - due);
    if (answer?.status !== 200) refuse(seen, answer?.status ?? null);
  }
}

function refuse({ refused }: Seen, status: number | null): void {
  const name = String(status ?? 'none');
  refused.set(name, (refused.get(name) ?? 0) + 1);
}
