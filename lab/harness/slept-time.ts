/** For how long everything has slept. Nobody can be expected to answer in this time. */
export class SleptTime {
  #before = 0;
  #since: number | undefined;

  begin(): void {
    this.#since ??= performance.now();
  }

  end(): void {
    this.#before = this.ms;
    this.#since = undefined;
  }

  /** All sleeps so far, and the one that goes on. */
  get ms(): number {
    return this.#before + (this.#since === undefined ? 0 : performance.now() - this.#since);
  }
}

/** Aborts after so many milliseconds awake. `cancel` when nobody waits for it any more. */
export function awakeFor(ms: number, slept: SleptTime): { signal: AbortSignal; cancel(): void } {
  const over = new AbortController();
  const awake = () => performance.now() - slept.ms;
  const end = awake() + ms;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const left = end - awake();
    if (left > 0) timer = setTimeout(look, left);
    else over.abort(new DOMException(`Awake for ${ms} ms`, 'TimeoutError'));
  };
  look();
  return { signal: over.signal, cancel: () => clearTimeout(timer) };
}
