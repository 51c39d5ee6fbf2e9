import type { PostedTweet } from '#api/contract.ts';
import { answer, done, LostAnswer, openApi, ProblemError } from '#app/browser/http.ts';
import { serverNow } from '#app/browser/server-clock.ts';
import { postedTweet } from '#app/browser/shapes.ts';
import { HOUR, MINUTE } from '#core/durations.ts';
import { traceOfKey } from '#core/tracing/traceparent.ts';
import { KEYS_KEPT } from '#core/tweets/keys-kept.ts';
import { clientNow } from './client-times.ts';
import type { Entry, SendState } from './outbox.ts';
import { SERVER_BACK, TRY_NOW, waitAfterLoss, waitBeforeRetry, waitFor } from './retry.ts';

/** What sending needs from the browser; a test brings its own. */
export type Sender = {
  post(): Promise<PostedTweet>;
  moved(state: SendState): void;
  isOnline(): boolean;
  /** Resolves after so long, or when somebody presses *Try now*. */
  wait(ms: number): Promise<void>;
  /** As `wait`, but resolves also when the browser or the server is back. With null it waits only for that. */
  untilBack(ms: number | null): Promise<void>;
  now(): number;
  /** True when this page or another one has sent it before: the server may have it. */
  isRepeat: boolean;
  /** How many ms ago it was written, by the server's clock, which may have to be asked. Below 0 when a clock was wrong. */
  age(): Promise<number>;
};

/** A key that is older may be forgotten. The hour is for clocks that differ, and for answers that take long. */
const ASK_AFTER = KEYS_KEPT - HOUR;

/** Clocks may differ by this much. If they differ by more, one of them was wrong. */
const CLOCKS_APART = MINUTE;

type PostResult =
  | { is: 'accepted'; posted: PostedTweet }
  | { is: 'old'; ageMs: number | null }
  | { is: 'not now'; status: number; reason: string; retryAfterMs: number | null }
  | { is: 'lost' }
  | { is: 'rejected'; message: string };

/**
 * Sends one tweet, as often as it takes, always with the same key. Resolves with the `202`; with null when it is
 * rejected, or so old that asking again could make a second tweet.
 */
export async function send(sender: Sender): Promise<PostedTweet | null> {
  for (let tries = 1; ; tries++) {
    await untilOnline(sender);
    sender.moved({ name: 'sending' });
    const result = await tryOnce(sender, sender.isRepeat || tries > 1);
    if (result.is === 'accepted') return result.posted;
    if (result.is === 'rejected') return reject(sender, result.message);
    if (result.is === 'old') return stop(sender, { name: 'old', ageMs: result.ageMs });
    const waits = result.is === 'lost' ? waitAfterLoss(tries) : waitBeforeRetry(tries, result.retryAfterMs);
    if (waits === null) return reject(sender, 'Still full after six tries');
    const again = { nextTry: tries + 1, retryAt: sender.now() + waits };
    if (result.is === 'lost') {
      sender.moved({ name: 'lost', ...again });
      await sender.untilBack(waits);
    } else {
      sender.moved({ name: 'full', status: result.status, reason: result.reason, ...again });
      await sender.wait(waits);
    }
  }
}

async function untilOnline(sender: Sender): Promise<void> {
  while (!sender.isOnline()) {
    sender.moved({ name: 'offline' });
    await sender.untilBack(null);
  }
}

const reject = (sender: Sender, message: string): null => stop(sender, { name: 'rejected', message });

function stop(sender: Sender, state: SendState): null {
  sender.moved(state);
  return null;
}

async function tryOnce(sender: Sender, isRepeat: boolean): Promise<PostResult> {
  try {
    const ageMs = isRepeat ? await sender.age() : 0;
    if (ageMs > ASK_AFTER) return { is: 'old', ageMs };
    if (ageMs < -CLOCKS_APART) return { is: 'old', ageMs: null };
    return { is: 'accepted', posted: await sender.post() };
  } catch (error) {
    if (error instanceof LostAnswer) return { is: 'lost' };
    if (error instanceof ProblemError) return read(error);
    throw error;
  }
}

function read({ problem, retryAfterMs }: ProblemError): PostResult {
  const { status, title } = problem;
  switch (status) {
    case 409: // an earlier try with this key is still being answered
    case 429:
    case 503:
      return { is: 'not now', status, reason: reasonFor(problem.type, title), retryAfterMs };
    default:
      if (status >= 500) return { is: 'lost' };
      return { is: 'rejected', message: problem.errors?.[0]?.message ?? problem.detail };
  }
}

function reasonFor(type: string, title: string): string {
  if (type.endsWith('/over-capacity')) return 'Full';
  if (type.endsWith('/too-busy')) return 'Busy';
  if (type.endsWith('/over-rate')) return 'Too many at once';
  if (type.endsWith('/idempotency-in-progress')) return 'Still being answered';
  return title;
}

/** A {@link Sender} that uses fetch, timers, and whether the browser says that it is online. */
export function browserSender(
  entry: Entry,
  { isRepeat, moved, signal }: Pick<Sender, 'isRepeat' | 'moved'> & { signal: AbortSignal },
): Sender {
  return {
    isRepeat,
    age: () => ageOf(entry),
    post: () => postTweet(entry, signal),
    moved,
    isOnline: () => navigator.onLine,
    wait: (ms) => waitFor(ms, [TRY_NOW], signal),
    untilBack: (ms) => waitFor(ms, [TRY_NOW, SERVER_BACK, 'online'], signal),
    now: clientNow,
  };
}

const { api, healthz } = openApi();

/** Posts a tweet. Sent again with the same key, it is still one tweet. */
function postTweet({ text, account, key }: Entry, signal: AbortSignal): Promise<PostedTweet> {
  const headers = { 'X-Account': account, 'Idempotency-Key': key, traceparent: traceOfKey(key) };
  return answer(api.tweets.$post({ json: { text } }, { headers, init: { signal } }), postedTweet, signal);
}

/** How old an entry is. If the server had not told the time when it was written, the browser's clock has to do. */
async function ageOf({ writtenAt, pressedAt }: Entry): Promise<number> {
  if (serverNow() === null) await done(healthz.$get()); // any answer says what time it is
  return (serverNow() ?? clientNow()) - (writtenAt ?? pressedAt);
}
