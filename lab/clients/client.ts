import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Span } from '#lab/harness/restores.ts';
import type { Edges } from './edges.ts';
import type { LoadOptions } from './load.ts';
import { type Draft, newDraft, post } from './post.ts';
import { cancel, edit, newScheduled, type Scheduled, schedule } from './schedule.ts';
import { type Caller, request } from './session.ts';

const WEIGHTS = { post: 5, follow: 2, unfollow: 2, remove: 1, schedule: 2, edit: 1, cancel: 1, ask: 1 };
const LARGE = 10_000; // followers
const THINKING = [200, 600] as const; // ms
const BY_ACTORS = 0.15; // of all posts
const TASK = 'archive'; // its result can be checked: it says how many bytes its file has

const askedTask = z.object({ task: z.object({ id: z.number() }) });

/** A task that was accepted. */
export type AskedTask = Span & { id: number };

/** Does one thing after another. Nobody else acts as its accounts, so what they do happens in this order. */
export class Client {
  /** All tweets that it wanted to post. */
  readonly drafts: Draft[] = [];
  /** All tweets that it wanted to post at a later time. */
  readonly scheduled: Scheduled[] = [];
  /** Tasks whose acceptance was answered, and when. */
  readonly tasks: AskedTask[] = [];

  constructor(
    private readonly options: LoadOptions,
    private readonly edges: Edges,
  ) {}

  /** Acts until `signal`, then finishes what it began. */
  async run(signal: AbortSignal): Promise<void> {
    const { random } = this.options;
    while (!signal.aborted) {
      await this[random.weighted(WEIGHTS)]();
      await sleep(random.between(...THINKING), undefined, { signal }).catch(() => {});
    }
  }

  private async post(): Promise<void> {
    const { name, random, history, accepted } = this.options;
    const draft = newDraft(this.pickAuthor(), `${name}-${this.drafts.length}`);
    this.drafts.push(draft);
    await post(draft, random, this.unexpected);
    const { key, tweetId, refused, open } = draft;
    history.note('posted', { author: draft.author.handle, key, tweetId, refused, open });
    if (tweetId !== null) accepted(draft);
  }

  private follow = () => this.changeEdge('on');
  private unfollow = () => this.changeEdge('off');

  private async changeEdge(to: 'on' | 'off'): Promise<void> {
    const { random, authors, actors, history } = this.options;
    const follower = random.pick(actors);
    const followee = random.pick([...authors, ...actors].filter(({ id }) => id !== follower.id));
    history.note(to === 'on' ? 'follow' : 'unfollow', { who: follower.handle, whom: followee.handle });
    await this.edges.change(follower, followee, to);
  }

  private async remove(): Promise<void> {
    const { random, history } = this.options;
    const candidates = this.drafts.filter(({ tweetId, deletion }) => tweetId !== null && deletion === 'none');
    if (candidates.length === 0) return;
    const draft = random.pick(candidates.slice(-5));
    draft.deletion = 'asked';
    const answer = await request(draft.author, { method: 'DELETE', path: `/api/tweets/${draft.tweetId}` });
    if (answer?.status === 204) draft.deletion = 'answered';
    draft.ended = Date.now();
    history.note('deleted', { tweetId: draft.tweetId, answered: answer?.status ?? null });
  }

  private async schedule(): Promise<void> {
    const { name, random, history } = this.options;
    const scheduled = newScheduled(this.pickAuthor(), `${name}-later-${this.scheduled.length}`, random);
    this.scheduled.push(scheduled);
    await schedule(scheduled, random, this.unexpected);
    const { key, author, taskId, content, refused, open } = scheduled;
    history.note('scheduled', { author: author.handle, key, taskId, ...content, refused, open });
  }

  private async edit(): Promise<void> {
    const { random, history } = this.options;
    const scheduled = this.pickScheduled();
    if (!scheduled) return;
    await edit(scheduled, random);
    history.note('edited', { taskId: scheduled.taskId, ...scheduled.edit });
  }

  private async cancel(): Promise<void> {
    const scheduled = this.pickScheduled();
    if (!scheduled) return;
    await cancel(scheduled);
    this.options.history.note('cancelled', { taskId: scheduled.taskId, found: scheduled.cancel });
  }

  /** Picks one of the newest that nobody has changed. Some are waiting, some are being posted, some are over. */
  private pickScheduled(): Scheduled | undefined {
    const candidates = this.scheduled
      .filter(({ taskId, edit, cancel }) => taskId !== null && edit === null && cancel === 'none')
      .slice(-3);
    return candidates.length > 0 ? this.options.random.pick(candidates) : undefined;
  }

  private async ask(): Promise<void> {
    const { random, actors, history } = this.options;
    const who = random.pick(actors);
    const begun = Date.now();
    const answer = await request(who, { method: 'POST', path: '/api/tasks', body: { kind: TASK } });
    const taskId = answer?.status === 202 ? askedTask.parse(answer.body).task.id : null;
    if (taskId !== null) this.tasks.push({ id: taskId, begun, ended: Date.now() });
    history.note('asked', { who: who.handle, taskId });
  }

  private unexpected = (answer: string) => this.options.findings.add('unexpected answer', answer);

  /** Mostly picks authors with small audiences, as in real life. The large ones still make most of the work. */
  private pickAuthor(): Caller {
    const { random, authors, actors } = this.options;
    if (random.chance(BY_ACTORS)) return random.pick(actors);
    const often = authors.flatMap((author) => Array(author.followers >= LARGE ? 1 : 4).fill(author));
    return random.pick<Caller>(often);
  }
}
