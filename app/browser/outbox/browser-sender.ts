import { postTweet } from '#app/browser/api.ts';
import { clientNow } from './client-times.ts';
import type { Entry, SendState } from './outbox.ts';
import type { Sender } from './send.ts';

/** Somebody pressed *Try now*. */
export const TRY_NOW = 'outbox-try-now';
/** The server is heard again. */
export const SERVER_BACK = 'outbox-server-back';

/** A {@link Sender} that uses fetch, timers, and whether the browser says that it is online. */
export function browserSender(entry: Entry, moved: (state: SendState) => void, signal: AbortSignal): Sender {
  return {
    post: () => postTweet({ text: entry.text, account: entry.account, idempotencyKey: entry.key, signal }),
    moved,
    isOnline: () => navigator.onLine,
    wait: (ms) => waitFor(ms, [TRY_NOW], signal),
    untilBack: (ms) => waitFor(ms, [TRY_NOW, SERVER_BACK, 'online'], signal),
    now: clientNow,
  };
}

function waitFor(ms: number | null, events: string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const finish = (settle: () => void) => () => {
      clearTimeout(timer);
      done.abort();
      settle();
    };
    const timer = ms === null ? undefined : setTimeout(finish(resolve), ms);
    for (const event of events) window.addEventListener(event, finish(resolve), { signal: done.signal });
    signal.addEventListener(
      'abort',
      finish(() => reject(signal.reason)),
      { signal: done.signal },
    );
  });
}
