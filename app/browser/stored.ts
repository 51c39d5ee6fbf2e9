'use client';

import { useCallback, useSyncExternalStore } from 'react';

const CHANGED = 'stored-changed';

/** A word kept in this browser, the same in all its tabs; `fallback` on the server and when nothing is kept. */
export function useStored(name: string, fallback: string): [string, (value: string) => void] {
  const read = () => localStorage.getItem(name) ?? fallback;
  const value = useSyncExternalStore(watch, read, () => fallback);
  const write = useCallback(
    (next: string) => {
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
