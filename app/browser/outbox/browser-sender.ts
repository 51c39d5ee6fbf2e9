import { askTime, postTweet } from '#app/browser/api.ts';
import { serverNow } from '#app/browser/server-clock.ts';
import { clientNow } from './client-times.ts';
import type { Entry } from './outbox.ts';
import type { Sender } from './send.ts';

/** Somebody pressed *Try now*. */
export const TRY_NOW = 'outbox-try-now';
/** The server is heard again. */
export const SERVER_BACK = 'outbox-server-back';

/** A {@link Sender} that uses fetch, timers, and whether the browser says that it is online. */
export function browserSender(
  entry: Entry,
  { isRepeat, moved, signal }: Pick<Sender, 'isRepeat' | 'moved'> & { signal: AbortSignal },
): Sender {
  return {
    isRepeat,
    age: () => ageOf(entry),
    post: () => postTweet({ text: entry.text, account: entry.account, idempotencyKey: entry.key, signal }),
    moved,
    isOnline: () => navigator.onLine,
    wait: (ms) => waitFor(ms, [TRY_NOW], signal),
    untilBack: (ms) => waitFor(ms, [TRY_NOW, SERVER_BACK, 'online'], signal),
    now: clientNow,
  };
}

/** Without a word of the server at its time, the browser's clock of that time has to do. */
async function ageOf({ writtenAt, pressedAt }: Entry): Promise<number> {
  if (serverNow() === null) await askTime();
  return (serverNow() ?? clientNow()) - (writtenAt ?? pressedAt);
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
