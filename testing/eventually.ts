import { vi } from 'vitest';

/** Milliseconds, many times of what anything takes. A test must not fail because the machine does something else meanwhile. */
const PATIENCE = 30_000;

/** Calls `check` again and again until it throws no more, and returns what it returns. Rejects with its last error. */
export const eventually = <T>(
  check: () => T | Promise<T>,
  { timeout = PATIENCE, interval = 20 } = {},
): Promise<T> => vi.waitFor(check, { timeout, interval });
