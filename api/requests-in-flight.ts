/** The calls that one web process answers now, and how many it may. One count for all routes, so it is kept by the root. */
export class RequestsInFlight {
  #count = 0;

  constructor(readonly max: number) {}

  get count(): number {
    return this.#count;
  }

  /** Takes a place; false when there is none. */
  enter(): boolean {
    if (this.#count >= this.max) return false;
    this.#count++;
    return true;
  }

  /** Gives the place back that {@link enter} took. */
  leave(): void {
    this.#count--;
  }
}
