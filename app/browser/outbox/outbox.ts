import type { DeliveryView, PostedTweet, TweetView } from '#api/contract.ts';

/**
 * A tweet of this browser that is on its way:
 *
 *   sending ──▶ accepted ──▶ (delivering, delivered: what the ledger says, in `deliveries`)
 *    ▲  │
 *    │  ├──▶ full      503 or 429: sent again after a while, at most six times
 *    │  ├──▶ lost      no answer: sent again until there is one, because it may have been accepted
 *    ├──┼──▶ offline   sent when the browser is back
 *    │  ├──▶ rejected  stays until somebody retries, edits or discards it
 *    │  └──▶ old       its key may be forgotten, so that asking again could make a second tweet: stays until
 *    │                 somebody has looked, and posts it again as a new tweet or discards it
 *    └─── due, back, retry: always with the same key
 */
export type Entry = {
  /** The idempotency key. */
  key: string;
  account: string;
  text: string;
  /** The browser's clock, ms since 1970. */
  pressedAt: number;
  /** The server's clock at that moment, as far as this page knew it. */
  writtenAt?: number | undefined;
  /** True for a tweet from before a reload, or of another tab: the server may have it already. */
  revived?: boolean;
  state: SendState;
};

export type SendState =
  | { name: 'sending' }
  | { name: 'full'; status: number; reason: string; nextTry: number; retryAt: number }
  | { name: 'lost'; nextTry: number; retryAt: number }
  | { name: 'offline' }
  | { name: 'rejected'; message: string }
  /** `ageMs` is null when no clock tells how old it is. */
  | { name: 'old'; ageMs: number | null }
  | { name: 'accepted'; tweet: TweetView; ms: number };

export type Outbox = {
  /** Newest first. */
  entries: readonly Entry[];
  /** The newest word of the ledger about the account's own tweets, also those posted in other tabs. */
  deliveries: ReadonlyMap<number, DeliveryView>;
};

export type OutboxAction =
  | { type: 'pressed'; entry: Entry }
  | { type: 'moved'; key: string; state: SendState }
  | { type: 'accepted'; key: string; posted: PostedTweet; ms: number }
  | { type: 'dropped'; key: string }
  | { type: 'delivery'; delivery: DeliveryView };

export const emptyOutbox: Outbox = { entries: [], deliveries: new Map() };

/** The outbox after an action. An accepted tweet never goes back to an earlier state, whatever is heard late. */
export function reduceOutbox(outbox: Outbox, action: OutboxAction): Outbox {
  switch (action.type) {
    case 'pressed':
      return press(outbox, action.entry);
    case 'moved':
      return move(outbox, action.key, action.state);
    case 'accepted': {
      const { tweet, delivery } = action.posted;
      const moved = move(outbox, action.key, { name: 'accepted', tweet, ms: action.ms });
      return noteDelivery(moved, delivery);
    }
    case 'dropped':
      return { ...outbox, entries: outbox.entries.filter(({ key }) => key !== action.key) };
    case 'delivery':
      return noteDelivery(outbox, action.delivery);
  }
}

function press(outbox: Outbox, entry: Entry): Outbox {
  if (outbox.entries.some(({ key }) => key === entry.key)) return outbox;
  return { ...outbox, entries: [entry, ...outbox.entries] };
}

function move(outbox: Outbox, key: string, state: SendState): Outbox {
  const entries = outbox.entries.map((entry) =>
    entry.key === key && entry.state.name !== 'accepted' ? { ...entry, state } : entry,
  );
  return { ...outbox, entries };
}

function noteDelivery(outbox: Outbox, delivery: DeliveryView): Outbox {
  const known = outbox.deliveries.get(delivery.tweetId);
  if (known && known.now > delivery.now) return outbox;
  return { ...outbox, deliveries: new Map(outbox.deliveries).set(delivery.tweetId, delivery) };
}
