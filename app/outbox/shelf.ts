/** An unsent tweet as it survives a reload. One item a key, so that two tabs never write over each other. */
export type Unsent = { key: string; account: string; text: string; pressedAt: number };

const PREFIX = 'outbox:';

/** Keeps an unsent tweet until {@link forget}. */
export function keep({ key, account, text, pressedAt }: Unsent): void {
  localStorage.setItem(PREFIX + key, JSON.stringify({ key, account, text, pressedAt }));
}

/** Forgets a tweet that was accepted or discarded. */
export const forget = (key: string): void => localStorage.removeItem(PREFIX + key);

/** False when another tab has sent or discarded it. */
export const isKept = (key: string): boolean => localStorage.getItem(PREFIX + key) !== null;

/** Every unsent tweet of this browser, the oldest first. */
export function readKept(): Unsent[] {
  return Object.keys(localStorage)
    .filter((name) => name.startsWith(PREFIX))
    .flatMap((name) => parse(localStorage.getItem(name)))
    .sort((a, b) => a.pressedAt - b.pressedAt);
}

function parse(item: string | null): Unsent[] {
  try {
    const { key, account, text, pressedAt } = JSON.parse(item ?? '');
    const whole = [key, account, text].every((value) => typeof value === 'string');
    return whole && typeof pressedAt === 'number' ? [{ key, account, text, pressedAt }] : [];
  } catch {
    return [];
  }
}
