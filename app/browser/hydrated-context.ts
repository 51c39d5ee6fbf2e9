'use client';

import { type Context, createContext, useContext, useMemo, useState, useSyncExternalStore } from 'react';

/**
 * What a provider rendered first, which is what the server's HTML shows, and what it has now. A part of the page that
 * waits for data arrives late and is hydrated late, when the value may have changed already. React then calls the HTML
 * wrong, and throws it away, unless that part begins with what was first.
 */
export type Hydrated<T> = { first: T; present: T };

/** A context for a value that changes, which a part of the page can be hydrated with at any time. */
export const hydratedContext = <T>(outside: T): Context<Hydrated<T>> =>
  createContext({ first: outside, present: outside });

/** What its provider gives. */
export function useHydratedValue<T>(value: T): Hydrated<T> {
  const [first] = useState(value);
  return useMemo(() => ({ first, present: value }), [first, value]);
}

/** The present value, but the first one while React hydrates the component that asks. */
export function useHydratedContext<T>(context: Context<Hydrated<T>>): T {
  const { first, present } = useContext(context);
  const isHydrated = useSyncExternalStore(
    watchNothing,
    () => true,
    () => false,
  );
  return isHydrated ? present : first;
}

const watchNothing = () => () => {};
