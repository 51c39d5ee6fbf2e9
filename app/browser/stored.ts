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
  const write = useCallback((next: T) => store(name, next), [name]);
  return [value, write];
}

/** Stores a text in this browser, and tells those who {@link watch}. */
export function store(name: string, text: string): void {
  localStorage.setItem(name, text);
  window.dispatchEvent(new Event(CHANGED));
}

/** Calls `changed` when anything was stored, by this tab or another one; returns how to stop. */
export function watch(changed: () => void): () => void {
  window.addEventListener('storage', changed);
  window.addEventListener(CHANGED, changed);
  return () => {
    window.removeEventListener('storage', changed);
    window.removeEventListener(CHANGED, changed);
  };
}
