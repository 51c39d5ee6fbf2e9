'use client';

import { createContext, type ReactNode, useEffect, useState } from 'react';
import { LiveStream } from './live-stream.ts';

/** The tab's stream, or null outside of {@link LiveProvider}. */
export const LiveContext = createContext<LiveStream | null>(null);

/** Holds the tab's one stream open for everything inside. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const [stream] = useState(() => new LiveStream());
  useEffect(() => {
    stream.start();
    return () => stream.stop();
  }, [stream]);
  return <LiveContext value={stream}>{children}</LiveContext>;
}
