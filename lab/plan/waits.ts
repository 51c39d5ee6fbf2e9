const LEAST = 0.000_1; // seconds: what is shorter counts as this
const STEP = 1.02; // each bucket is so many times as long as the one before: percentiles are right within 2 %

/** How long many deliveries waited, in buckets. A day has billions of them. */
export class Waits {
  readonly #buckets = new Map<number, number>();
  #weight = 0;
  #sum = 0;
  #longest = 0;

  /** `weight` deliveries waited so many seconds. */
  add(seconds: number, weight = 1): void {
    const bucket = Math.ceil(Math.log(Math.max(seconds, LEAST) / LEAST) / Math.log(STEP));
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + weight);
    this.#weight += weight;
    this.#sum += seconds * weight;
    this.#longest = Math.max(this.#longest, seconds);
  }

  /** 0 when nothing waited. */
  get meanS(): number {
    return this.#weight === 0 ? 0 : this.#sum / this.#weight;
  }

  get longestS(): number {
    return this.#longest;
  }

  /** The wait that so many percent do not exceed; 0 when nothing waited. */
  percentile(percent: number): number {
    let left = (this.#weight * percent) / 100;
    for (const [bucket, weight] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      left -= weight;
      if (left <= 0) return Math.min(LEAST * STEP ** bucket, this.#longest);
    }
    return this.#longest;
  }
}
