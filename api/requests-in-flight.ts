/** Counts the requests that one web process is answering, and bounds them. All routes share the one of the root. */
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
