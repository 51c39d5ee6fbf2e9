'use client';

import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useEffectEvent,
  useState,
  useSyncExternalStore,
} from 'react';
import { hand, type LiveEvent, type LiveHandlers } from './live-event.ts';
import { CONNECTING, type LiveState, LiveStream } from './live-stream.ts';

const LiveContext = createContext<LiveStream | null>(null);

/** Holds the tab's one stream open for everything inside. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const [stream] = useState(() => new LiveStream());
  useEffect(() => {
    stream.start();
    return () => stream.stop();
  }, [stream]);
  return <LiveContext value={stream}>{children}</LiveContext>;
}

/** Hears the events of these topics while mounted, by name. Handlers may change at every render. */
export function useLive(topics: string[], handlers: LiveHandlers): void {
  const stream = useLiveStream();
  const hear = useEffectEvent((event: LiveEvent) => hand(event, handlers));
  const wanted = topics.join();
  useEffect(() => {
    const list = wanted === '' ? [] : wanted.split(',');
    return stream.subscribe({ topics: list, hear: (event) => hear(event) });
  }, [stream, wanted]);
}

/** Whether the page is live, how far behind, and how many events wait while it is paused. */
export function useLiveState(): LiveState {
  const stream = useLiveStream();
  return useSyncExternalStore(stream.watch, stream.read, () => CONNECTING);
}

/** Only the word of {@link useLiveState}, so that a change of the lag alone renders nothing. */
export function useLiveWord(): LiveState['state'] {
  const stream = useLiveStream();
  return useSyncExternalStore(
    stream.watch,
    () => stream.read().state,
    () => CONNECTING.state,
  );
}

/** The stream itself, to pause it. */
export function useLiveStream(): LiveStream {
  const stream = useContext(LiveContext);
  if (!stream) throw new Error('Expected a LiveProvider around whatever uses live events, found none');
  return stream;
}
