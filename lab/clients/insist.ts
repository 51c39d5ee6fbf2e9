import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Random } from '#lab/harness/random.ts';
import type { Span } from '#lab/harness/restores.ts';
import { type Answer, type Caller, request } from './session.ts';

/** Something that somebody wanted under one idempotency key, all answers to it, and the time that it took. */
export type Wish = Span & {
  key: string;
  author: Caller;
  /** What each `202` said about it. All must say the same. */
  accepted: string[];
  refused: number;
  /** How often no answer came, or one that does not say whether it was done. */
  open: number;
};

/** A wish that has not been sent yet. */
export const newWish = (author: Caller, key: string): Wish => ({
  ...{ key, author, accepted: [] },
  ...{ refused: 0, open: 0 },
  ...{ begun: Date.now(), ended: Date.now() },
});

export type Insisting = {
  random: Random;
  /** The body of `POST /api/tweets`. */
  body: object;
  /** The part of a `202` that must be the same in every answer to one wish. */
  identity: (body: unknown) => string;
  /** Types of problem that say that nothing was done. */
  refusals: string[];
  /** Called with an answer that no wish may get. */
  unexpected: (answer: string) => void;
};

const AT_ONCE = 0.15; // of all wishes are sent twice at once, as by a double click or two tabs
const AGAIN = 0.2; // of all wishes are sent once more after their answer
const MOST_REFUSALS = 3;
const MOST_TRIES = 25;

/** Asks as the outbox of the browser does: under the same key, until an answer says what became of the wish. */
export async function insist(wish: Wish, insisting: Insisting): Promise<void> {
  const { random, body } = insisting;
  const copies = random.chance(AT_ONCE) ? 2 : 1;
  const again = random.chance(AGAIN);
  for (let tries = 0; tries < MOST_TRIES && wish.refused < MOST_REFUSALS * copies; tries++) {
    const answers = await Promise.all(Array.from({ length: copies }, () => send(wish, body)));
    for (const answer of answers) note(wish, answer, insisting);
    if (wish.accepted.length > 0) break;
    await wait(random.between(100, 600));
  }
  if (again && wish.accepted.length > 0) note(wish, await send(wish, body), insisting);
}

const send = ({ author, key }: Wish, body: object): Promise<Answer> =>
  request(author, { method: 'POST', path: '/api/tweets', body, headers: { 'idempotency-key': key } });

function note(wish: Wish, answer: Answer, { identity, refusals, unexpected }: Insisting): void {
  const meaning = meaningOf(answer, refusals);
  wish.ended = Date.now();
  if (meaning === 'accepted') wish.accepted.push(identity(answer?.body));
  else if (meaning === 'refused') wish.refused++;
  else wish.open++;
  if (meaning === 'unexpected') unexpected(`POST /api/tweets: ${JSON.stringify(answer)}`);
}

const problem = z.object({ type: z.string() });
/** This problem says that nothing was begun. */
const BUSY = '/problems/too-busy';
const OPEN = ['/problems/unavailable', '/problems/idempotency-in-progress'];

function meaningOf(answer: Answer, refusals: string[]): 'accepted' | 'refused' | 'open' | 'unexpected' {
  if (!answer) return 'open';
  if (answer.status === 202) return 'accepted';
  const type = problem.safeParse(answer.body).data?.type ?? '';
  if (type === BUSY || refusals.includes(type)) return 'refused';
  if (OPEN.includes(type) && answer.status !== 500) return 'open';
  return 'unexpected';
}
