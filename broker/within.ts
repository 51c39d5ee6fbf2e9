/** Rejects with `late()` when `work` has not settled after `ms`; the work itself goes on. */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** What to say of work that has not settled in time: `no confirm within 2000 ms`. */
export const tooLate = (what: string, ms: number): Error => new Error(`no ${what} within ${ms} ms`);

/** True when `work` settled, either way, within `ms`. */
export async function settledWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const settled = work.then(
    () => true,
    () => true,
  );
  return within(ms, settled, () => new Error('late')).catch(() => false);
}
