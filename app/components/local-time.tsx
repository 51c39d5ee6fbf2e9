'use client';

import { useSyncExternalStore } from 'react';
import { inWords } from './zoned-time.ts';

/** A time with its zone: the browser's, and UTC until the browser has told which. */
export function LocalTime({ at }: { at: string }) {
  const text = useSyncExternalStore(
    never,
    () => inWords(new Date(at)),
    () => inWords(new Date(at), 'UTC'),
  );
  return (
    <time dateTime={at} className="whitespace-nowrap tabular-nums">
      {text}
    </time>
  );
}

const never = () => () => {};
