import * as z from 'zod/mini';
import type { PostedTweet } from '#api/contract.ts';
import { postedTweet } from '#app/browser/shapes.ts';
import { MINUTE } from '#core/durations.ts';

/** A tweet as it survives a reload. */
export type Unsent = {
  key: string;
  account: string;
  text: string;
  pressedAt: number;
  writtenAt?: number | undefined;
};

/** The `202`, and when this browser got it. */
export type Answer = { posted: PostedTweet; acceptedAt: number };

/** What became of a tweet, for a tab that waited while another one sent it. */
type Stored = { is: 'unsent' } | { is: 'gone' } | ({ is: 'sent' } & Answer);

const storedTweet = z.object({
  ...{ key: z.string(), account: z.string(), text: z.string(), pressedAt: z.number() },
  writtenAt: z.optional(z.number()),
  answer: z.optional(z.object({ posted: postedTweet, acceptedAt: z.number() })),
});
type StoredTweet = z.infer<typeof storedTweet>;

/** Each tweet is an item of its own, so that two tabs never write over each other. */
const PREFIX = 'outbox:';
/** Long enough for every other tab to learn that a tweet was sent. */
const SENT_FOR_MS = MINUTE;

/** Stores an unsent tweet until it is accepted or discarded. */
export function storeUnsent({ key, account, text, pressedAt, writtenAt }: Unsent): void {
  write({ key, account, text, pressedAt, writtenAt });
}

/** Leaves the answer to other tabs that wait to send the same tweet, and to a reload. */
export function storeAnswer({ key, account, text, pressedAt, writtenAt }: Unsent, answer: Answer): void {
  write({ key, account, text, pressedAt, writtenAt, answer });
}

/** Forgets a tweet that was discarded. */
export const forget = (key: string): void => localStorage.removeItem(PREFIX + key);

/** Whether a tweet still has to be sent, or what another tab did with it. */
export function look(key: string): Stored {
  const found = read(PREFIX + key);
  if (!found) return { is: 'gone' };
  return found.answer ? { is: 'sent', ...found.answer } : { is: 'unsent' };
}

/**
 * The tweets of this browser that are unsent or were just sent, the oldest first. Removes those that were sent longer
 * ago, and whatever is not a tweet.
 */
export function readStored(now: number): Unsent[] {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  const items = names.map((name) => ({ name, tweet: read(name) }));
  // A wrong clock may have dated an answer in the future, and it would stay until then.
  const isOver = ({ answer }: StoredTweet) =>
    answer !== undefined && Math.abs(now - answer.acceptedAt) > SENT_FOR_MS;
  for (const { name, tweet } of items) if (!tweet || isOver(tweet)) localStorage.removeItem(name);
  return items
    .flatMap(({ tweet }) => (tweet && !isOver(tweet) ? [tweet] : []))
    .sort((a, b) => a.pressedAt - b.pressedAt);
}

function write(tweet: StoredTweet): void {
  localStorage.setItem(PREFIX + tweet.key, JSON.stringify(tweet));
}

/** Null for anything that is not a tweet: another version of this page, or a person, may have written it. */
function read(name: string): StoredTweet | null {
  try {
    const found = storedTweet.safeParse(JSON.parse(localStorage.getItem(name) ?? 'null'));
    return found.success && name === PREFIX + found.data.key ? found.data : null;
  } catch {
    return null;
  }
}
