import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import type { Dials } from '#core/lab/experiment.ts';
import type { FaultOrder } from '#core/lab/faults.ts';
import { isFinished, readDeliveries } from '#core/ledger/delivery.ts';
import { until } from '#dev/ports.ts';
import { type Draft, newDraft, noteOnly, post } from '#lab/clients/post.ts';
import { type Caller, request, signIn } from '#lab/clients/session.ts';
import type { Cleanup } from '#lab/harness/cleanup.ts';
import { Random } from '#lab/harness/random.ts';
import type { Connections } from '#lab/stage/connect.ts';
import type { Supervisor } from './supervisor.ts';

const account = z.object({
  id: z.number(),
  handle: z.string(),
  followerCount: z.number(),
  followingCount: z.number(),
});
const accountList = z.object({ accounts: z.array(account) });

const PATIENCE = 30 * SECOND;

/** A demo account that is signed in. */
export type Author = Caller & z.infer<typeof account>;

export type RunOptions = {
  url: string;
  title: string;
  seed: number;
  size: number;
  dials: Dials;
  connections: Connections;
  supervisor: Pick<Supervisor, 'report' | 'cause' | 'heal'>;
  /** Adds what the process does at its end. Missing on a stage, which is thrown away with all that is on it. */
  onEnd?: Cleanup['add'];
};

type PostingMany = {
  /** ms between two posts. */
  between?: number;
  /** Who post, in turn. When missing, all small authors. */
  authors?: Author[];
};

/** What a run of an experiment works with: the running system as its people see it, and the supervisor. */
export class RunStage {
  readonly random: Random;
  readonly drafts: Draft[] = [];
  readonly unexpected: string[] = [];
  readonly #key: string;
  #shown: number | undefined;

  private constructor(
    readonly options: RunOptions,
    /** Demo accounts, those with the most followers first. */
    readonly authors: Author[],
  ) {
    this.random = new Random(options.seed);
    this.#key = `lab-${crypto.randomUUID()}`;
  }

  /** Signs everybody in. Asks again for a while: a process that has just started on a busy machine answers 503 at first. */
  static async open(options: RunOptions): Promise<RunStage> {
    return new RunStage(options, await until(() => signEverybodyIn(options.url), PATIENCE));
  }

  get connections(): Connections {
    return this.options.connections;
  }

  /** What a dial is set to. Throws when the experiment has none of this name. */
  dial(name: string): number {
    const set = this.options.dials[name];
    if (set === undefined) throw new Error(`Expected a dial ${name}, there is none`);
    return set;
  }

  /** The author with the most followers. */
  get largest(): Author {
    return this.#first(() => true);
  }

  /** Authors whose tweets are one chunk at most. */
  get small(): Author[] {
    const { CHUNK_SIZE } = this.connections.config;
    return this.authors.filter(({ followerCount }) => followerCount > 0 && followerCount <= CHUNK_SIZE);
  }

  /** Remembers something to do when the run ends or is broken off. The last one comes first. */
  readonly onEnd = (undo: () => unknown): void => this.options.onEnd?.(undo);

  /** Tells the page what happens. */
  note(text: string): void {
    this.options.supervisor.report({ run: 'moment', text });
  }

  /** Breaks something. The supervisor heals it, at the latest when this run is over. */
  async cause(order: FaultOrder): Promise<{ heal(): Promise<void> }> {
    const { id } = await this.options.supervisor.cause(order);
    return { heal: () => this.options.supervisor.heal(id) };
  }

  /** Posts one tweet as the browser does, with retries under one key, and sometimes twice at once. */
  async post(author: Author): Promise<Draft> {
    const draft = this.#newDraft(author);
    await post(draft, this.random.fork(), (answer) => this.unexpected.push(answer));
    return draft;
  }

  /** Posts one tweet by one request, so that it can be timed. */
  async postOnce(author: Author): Promise<Draft> {
    const draft = this.#newDraft(author);
    const { key, text } = draft;
    const answer = await request(author, {
      ...{ method: 'POST', path: '/api/tweets', body: { text }, headers: { 'idempotency-key': key } },
    });
    noteOnly(draft, { status: answer?.status ?? null, text: JSON.stringify(answer?.body) });
    return draft;
  }

  /** Posts `count` tweets of these authors in turn, without waiting for the answers in between. */
  async postMany(count: number, { between = 0, authors = this.small }: PostingMany = {}): Promise<Draft[]> {
    const posting: Promise<Draft>[] = [];
    for (let n = 0; n < count; n++) {
      posting.push(this.post(this.#nth(authors, n)));
      if (between > 0) await sleep(between);
    }
    return Promise.all(posting);
  }

  /** Remembers a tweet that was not posted by {@link post}, so that the checker reads it back. */
  adopt({ authorId, tweetId, text }: { authorId: number; tweetId: number; text: string }): void {
    const author = this.#first(({ id }) => id === authorId);
    this.drafts.push({ ...newDraft(author, `${this.#key}-${tweetId}`), text, tweetId });
  }

  /** Lets the page show a tweet's delivery. */
  show(draft: Draft): number {
    if (draft.tweetId === null) throw new Error('Expected the tweet to be accepted, it was not');
    this.options.supervisor.report({ run: 'tweet', tweetId: draft.tweetId });
    this.#shown = draft.tweetId;
    return draft.tweetId;
  }

  /** The tweet that was shown last. */
  get shown(): number | undefined {
    return this.#shown;
  }

  /** Shows a countdown on the page while `work` goes on, because it takes so many seconds by design. */
  async waitFor<T>(text: string, seconds: number, work: Promise<T>): Promise<T> {
    const { supervisor } = this.options;
    supervisor.report({ run: 'wait', wait: { text, seconds } });
    try {
      return await work;
    } finally {
      supervisor.report({ run: 'wait', wait: null });
    }
  }

  /** Ids of the tweets that were accepted. */
  get accepted(): number[] {
    return this.drafts.flatMap(({ tweetId }) => tweetId ?? []);
  }

  /** How many posts were refused for good: the system was full, or the author too fast. They were promised nothing. */
  get refused(): number {
    return this.drafts.filter(({ tweetId, refused }) => tweetId === null && refused > 0).length;
  }

  /** Asks again and again until there is an answer, because a server may be on its way back. */
  patiently<T>(ask: () => Promise<T>): Promise<T> {
    return until(ask, PATIENCE);
  }

  /** How many of the accepted tweets are delivered now. */
  async countDelivered(): Promise<number> {
    const deliveries = await readDeliveries(this.connections.pool, this.accepted);
    return deliveries.filter(({ state }) => state === 'delivered').length;
  }

  /** Resolves when all accepted tweets are finished. Rejects when that takes longer than `timeoutMs`. */
  untilFinished(timeoutMs: number): Promise<void> {
    return this.untilThese(this.drafts, timeoutMs);
  }

  /** The same for some of them. */
  untilThese(drafts: readonly Draft[], timeoutMs: number): Promise<void> {
    return until(async () => {
      const ids = drafts.flatMap(({ tweetId }) => tweetId ?? []);
      const finished = (await readDeliveries(this.connections.pool, ids)).filter(isFinished);
      if (finished.length < ids.length)
        throw new Error(`Expected ${ids.length} tweets to be delivered, ${finished.length} are`);
    }, timeoutMs);
  }

  /** Asks the application as somebody. Resolves with the body of its answer, or null without an answer of 200. */
  async ask(caller: Caller, path: string): Promise<unknown> {
    const answer = await request(caller, { method: 'GET', path });
    return answer?.status === 200 ? answer.body : null;
  }

  #newDraft(author: Author): Draft {
    const number = this.drafts.length + 1;
    const text = `${this.options.title}, tweet ${number}. An experiment of the lab.`;
    const draft = { ...newDraft(author, `${this.#key}-${number}`), text };
    this.drafts.push(draft);
    return draft;
  }

  #nth(authors: Author[], n: number): Author {
    const author = authors[n % Math.max(1, authors.length)];
    if (!author) throw new Error('Expected demo accounts with followers, found none');
    return author;
  }

  #first(is: (author: Author) => boolean): Author {
    return this.#nth(this.authors.filter(is), 0);
  }
}

/** Those with the most followers first. */
async function signEverybodyIn(url: string): Promise<Author[]> {
  const response = await fetch(`${url}/api/accounts`);
  if (!response.ok) throw new Error(`Expected the accounts, got ${response.status}`);
  const { accounts } = accountList.parse(await response.json());
  const largestFirst = accounts.sort((a, b) => b.followerCount - a.followerCount);
  return Promise.all(largestFirst.map((each) => signIn(url, each)));
}
