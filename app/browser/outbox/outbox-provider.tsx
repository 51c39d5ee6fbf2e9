'use client';

import { type Dispatch, type ReactNode, useCallback, useEffect, useMemo, useReducer, useRef } from 'react';
import type { DeliveryView } from '#api/contract.ts';
import { hydratedContext, useHydratedContext, useHydratedValue } from '#app/browser/hydrated-context.ts';
import { serverNow } from '#app/browser/server-clock.ts';
import { clientNow, storeClientTimes } from './client-times.ts';
import {
  type Entry,
  emptyOutbox,
  type Outbox,
  type OutboxAction,
  reduceOutbox,
  type SendState,
} from './outbox.ts';
import { TRY_NOW } from './retry.ts';
import { browserSender, type Sender, send } from './send.ts';
import {
  type Answer,
  forget,
  look,
  readStored,
  storeAnswer,
  storeUnsent,
  type Unsent,
} from './stored-outbox.ts';
import { readAgain, useDeliveries } from './use-deliveries.ts';

type OutboxHandle = Outbox & {
  /** Paints and sends a tweet; returns its idempotency key. */
  post(account: string, text: string): string;
  /** Sends a rejected one again, with the same key. */
  retry(entry: Entry): void;
  /** Posts one that is older than its key as a new tweet, unless another tab has done so, or has discarded it. */
  postAgain(entry: Entry): void;
  /** Sends all that wait for their next try at once. */
  tryNow(): void;
  /** Takes an entry out: discarded, or to be edited. */
  drop(key: string): void;
  /** Notes what the ledger said elsewhere, such as in a rendered page. */
  noteDeliveries(deliveries: readonly DeliveryView[]): void;
  /** The card calls it once it is on screen. */
  painted(key: string, at: number): void;
};

const OutboxContext = hydratedContext<OutboxHandle | null>(null);

/** Sends the tweets of this browser, whatever page is open. */
export function OutboxProvider({ children }: { children: ReactNode }) {
  const [outbox, dispatch] = useReducer(reduceOutbox, emptyOutbox);
  const actions = useActions(dispatch);
  useDeliveries(outbox, dispatch);
  const handle = useMemo(() => ({ ...outbox, ...actions }), [outbox, actions]);
  return <OutboxContext value={useHydratedValue(handle)}>{children}</OutboxContext>;
}

/** The tweets on their way, and what can be done about them. */
export function useOutbox(): OutboxHandle {
  const handle = useHydratedContext(OutboxContext);
  if (!handle) throw new Error('Expected an OutboxProvider around whatever posts, found none');
  return handle;
}

function useActions(dispatch: Dispatch<OutboxAction>): Omit<OutboxHandle, keyof Outbox> {
  const running = useRef(new Map<string, AbortController>());
  const paintedAt = useRef(new Map<string, number>());

  const run = useCallback(
    (entry: Entry, time: Attempt['time']) => {
      if (running.current.has(entry.key)) return;
      const stop = new AbortController();
      running.current.set(entry.key, stop);
      const attempt = { signal: stop.signal, paintedAt: paintedAt.current, time };
      void sendAlone(entry, dispatch, attempt).finally(() => running.current.delete(entry.key));
    },
    [dispatch],
  );

  useEffect(() => {
    for (const unsent of readStored(clientNow())) {
      const entry = { ...fresh(unsent), revived: true };
      dispatch({ type: 'pressed', entry });
      run(entry, 'again');
    }
  }, [run, dispatch]);

  return useMemo(() => {
    const actions = {
      post(account: string, text: string) {
        const pressedAt = clientNow();
        const unsent = {
          ...{ key: crypto.randomUUID(), account, text, pressedAt },
          writtenAt: serverNow() ?? undefined,
        };
        storeUnsent(unsent);
        dispatch({ type: 'pressed', entry: fresh(unsent) });
        run(fresh(unsent), 'first');
        return unsent.key;
      },
      retry(entry: Entry) {
        storeUnsent(entry);
        run(entry, 'again');
      },
      postAgain(entry: Entry) {
        const isLeft = look(entry.key).is === 'unsent';
        actions.drop(entry.key);
        if (isLeft) actions.post(entry.account, entry.text);
      },
      tryNow: () => void window.dispatchEvent(new Event(TRY_NOW)),
      drop(key: string) {
        forget(key);
        running.current.get(key)?.abort();
        dispatch({ type: 'dropped', key });
      },
      noteDeliveries(deliveries: readonly DeliveryView[]) {
        for (const delivery of deliveries) dispatch({ type: 'delivery', delivery });
      },
      painted: (key: string, at: number) => void paintedAt.current.set(key, at),
    };
    return actions;
  }, [run, dispatch]);
}

function fresh(unsent: Unsent): Entry {
  return { ...unsent, state: { name: 'sending' } };
}

type Attempt = { signal: AbortSignal; paintedAt: Map<string, number>; time: 'first' | 'again' };

/**
 * One tab sends an entry. The others wait for its lock. They find the entry gone, or take over when that tab closes.
 */
async function sendAlone(entry: Entry, dispatch: Dispatch<OutboxAction>, attempt: Attempt) {
  const { key, pressedAt } = entry;
  const { signal, paintedAt } = attempt;
  let tries = attempt.time === 'first' ? 0 : 1;
  const moved = (state: SendState) => {
    if (state.name === 'sending') tries++;
    dispatch({ type: 'moved', key, state });
  };
  const sender = browserSender(entry, { isRepeat: attempt.time === 'again', moved, signal });
  try {
    await navigator.locks.request(`outbox:${key}`, { signal }, async () => {
      const stored = look(key);
      if (stored.is === 'gone') return dispatch({ type: 'dropped', key });
      const answer = stored.is === 'sent' ? stored : await ask(entry, sender, paintedAt);
      if (!answer) return;
      dispatch({ type: 'accepted', key, posted: answer.posted, ms: answer.acceptedAt - pressedAt });
      // A repeated post gets the first answer again. The delivery may be over by now. Then the stream does not mention
      // it, because it begins with unfinished deliveries.
      if (tries > 1) readAgain(answer.posted.tweet.id, dispatch);
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function ask(entry: Entry, sender: Sender, paintedAt: Map<string, number>): Promise<Answer | null> {
  const posted = await send(sender);
  if (!posted) return null;
  const acceptedAt = clientNow();
  const { key, pressedAt } = entry;
  storeAnswer(entry, { posted, acceptedAt });
  const times = { pressedAt, paintedAt: paintedAt.get(key) ?? acceptedAt, acceptedAt };
  storeClientTimes(posted.tweet.id, times);
  return { posted, acceptedAt };
}
