import type { PostedTweet } from '#api/contract.ts';

/** A tweet as it survives a reload. One item a key, so that two tabs never write over each other. */
export type Unsent = { key: string; account: string; text: string; pressedAt: number };

/** What became of a tweet, for the tab that waited behind another one's lock. */
export type Shelved = { is: 'unsent' } | { is: 'gone' } | ({ is: 'sent' } & Answer);

/** The `202`, and when this browser got it. */
export type Answer = { posted: PostedTweet; acceptedAt: number };

type Item = Unsent & { answer?: Answer };

const PREFIX = 'outbox:';
/** Long enough for every other tab to learn that a tweet was sent. */
const SENT_KEPT_MS = 60_000;

/** Keeps an unsent tweet until it is accepted or discarded. */
export function keep({ key, account, text, pressedAt }: Unsent): void {
  write({ key, account, text, pressedAt });
}

/** Leaves the answer to the other tabs that wait to send the same tweet, and to a reload. */
export function leaveAnswer({ key, account, text, pressedAt }: Unsent, answer: Answer): void {
  write({ key, account, text, pressedAt, answer });
}

/** Forgets a tweet that was discarded. */
export const forget = (key: string): void => localStorage.removeItem(PREFIX + key);

/** Whether a tweet still has to be sent, or what another tab did with it. */
export function look(key: string): Shelved {
  const item = parse(localStorage.getItem(PREFIX + key));
  if (!item) return { is: 'gone' };
  return item.answer ? { is: 'sent', ...item.answer } : { is: 'unsent' };
}

/** The tweets of this browser that are unsent or were just sent, the oldest first. Sweeps the others. */
export function readShelf(now: number): Unsent[] {
  const items = Object.keys(localStorage)
    .filter((name) => name.startsWith(PREFIX))
    .flatMap((name) => parse(localStorage.getItem(name)) ?? []);
  const isOver = ({ answer }: Item) => answer !== undefined && now - answer.acceptedAt > SENT_KEPT_MS;
  for (const { key } of items.filter(isOver)) forget(key);
  return items.filter((item) => !isOver(item)).sort((a, b) => a.pressedAt - b.pressedAt);
}

function write(item: Item): void {
  localStorage.setItem(PREFIX + item.key, JSON.stringify(item));
}

function parse(text: string | null): Item | null {
  try {
    const item: Item = JSON.parse(text ?? '');
    const whole = [item.key, item.account, item.text].every((value) => typeof value === 'string');
    return whole && typeof item.pressedAt === 'number' ? item : null;
  } catch {
    return null;
  }
}
