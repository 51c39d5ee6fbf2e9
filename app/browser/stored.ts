'use client';

import { useCallback, useSyncExternalStore } from 'react';

const CHANGED = 'stored-changed';

/**
 * One of a few words, stored in this browser and the same in all its tabs. It is the first of them on the server, and
 * when anything else is stored.
 */
export function useStored<T extends string>(
  name: string,
  words: readonly [T, ...T[]],
): [T, (value: T) => void] {
  const read = () => words.find((word) => word === localStorage.getItem(name)) ?? words[0];
  const value = useSyncExternalStore(watch, read, () => words[0]);
  const write = useCallback(
    (next: T) => {
      localStorage.setItem(name, next);
      window.dispatchEvent(new Event(CHANGED));
    },
    [name],
  );
  return [value, write];
}

function watch(changed: () => void): () => void {
  window.addEventListener('storage', changed);
  window.addEventListener(CHANGED, changed);
  return () => {
    window.removeEventListener('storage', changed);
    window.removeEventListener(CHANGED, changed);
  };
}
