import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Findings } from '../findings.ts';
import type { History } from '../history.ts';
import type { Random } from '../random.ts';
import { type Caller, call } from './call.ts';
import { Edges } from './edges.ts';
import { type Draft, newDraft, post } from './post.ts';
import { readHomeOf } from './read-home.ts';

export type LoadOptions = {
  /** Begins every idempotency key. */
  name: string;
  random: Random;
  /** Clients at once, each of which does one thing after another. */
  clients: number;
  authors: (Caller & { followers: number })[];
  actors: Caller[];
  pool: pg.Pool;
  findings: Findings;
  history: History;
  /** Told of every accepted tweet. */
  accepted: (draft: Draft) => void;
};

/** What was done by a load, for the checker. */
export type Done = { drafts: Draft[]; edges: Edges; comparedReads: number };

/** Posts, follows, unfollows, deletes and reads from many accounts at once, until `signal`; then ends what it began. */
export async function runLoad(options: LoadOptions, signal: AbortSignal): Promise<Done> {
  const done: Done = { drafts: [], edges: new Edges(), comparedReads: 0 };
  const clients = Array.from({ length: options.clients }, (_, n) => {
    const mine = options.actors.filter((_, actor) => actor % options.clients === n);
    return new Client(`${options.name}-${n}`, mine, { ...options, random: options.random.fork() }, done);
  });
  await Promise.all(clients.map((client) => client.run(signal)));
  return done;
}

const WEIGHTS = { post: 5, read: 4, follow: 2, unfollow: 2, remove: 1 };
const LARGE = 10_000; // followers
const THINKING = [100, 400] as const; // ms

class Client {
  #posted: Draft[] = [];

  constructor(
    private readonly name: string,
    /** Accounts that nobody else acts as: what they do happens in its order. */
    private readonly actors: Caller[],
    private readonly options: LoadOptions,
    private readonly done: Done,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    const { random } = this.options;
    while (!signal.aborted) {
      await this[random.weighted(WEIGHTS)]();
      await sleep(random.between(...THINKING), undefined, { signal }).catch(() => {});
    }
  }

  private async post(): Promise<void> {
    const { random, history, findings, accepted } = this.options;
    const draft = newDraft(this.pickAuthor(), `${this.name}-${this.#posted.length}`);
    this.#posted.push(draft);
    this.done.drafts.push(draft);
    await post(draft, random, (answer) => findings.add('unexpected answer', answer));
    const { key, tweetId, refused, open } = draft;
    history.note('posted', { author: draft.author.handle, key, tweetId, refused, open });
    if (tweetId !== null) accepted(draft);
  }

  private async read(): Promise<void> {
    const { random } = this.options;
    if (await readHomeOf(random.pick(this.actors), this.options)) this.done.comparedReads++;
  }

  private follow = () => this.changeEdge('on');
  private unfollow = () => this.changeEdge('off');

  private async changeEdge(to: 'on' | 'off'): Promise<void> {
    const { random, authors, actors, history } = this.options;
    const follower = random.pick(this.actors);
    const followee = random.pick([...authors, ...actors].filter(({ id }) => id !== follower.id));
    history.note(to === 'on' ? 'follow' : 'unfollow', { who: follower.handle, whom: followee.handle });
    await this.done.edges.change(follower, followee, to);
  }

  private async remove(): Promise<void> {
    const { random, history } = this.options;
    const candidates = this.#posted.filter(
      ({ tweetId, deletion }) => tweetId !== null && deletion === 'none',
    );
    if (candidates.length === 0) return;
    const draft = random.pick(candidates.slice(-5));
    draft.deletion = 'asked';
    const answer = await call(draft.author, { method: 'DELETE', path: `/api/tweets/${draft.tweetId}` });
    if (answer?.status === 204) draft.deletion = 'answered';
    history.note('deleted', { tweetId: draft.tweetId, answered: answer?.status ?? null });
  }

  /** Mostly those with small audiences, as in life: a large one is most of the work all the same. */
  private pickAuthor(): Caller {
    const { random, authors, actors } = this.options;
    if (random.chance(0.15)) return random.pick(this.actors.length > 0 ? this.actors : actors);
    const often = authors.flatMap((author) => (author.followers >= LARGE ? [author] : Array(4).fill(author)));
    return random.pick(often as Caller[]);
  }
}
