import type { Span } from '#lab/harness/restores.ts';
import { type Caller, type Person, request } from './session.ts';

/** Who follows whom, and the time of the last change. */
type Edge = Span & { follower: Person; followee: Person; state: 'on' | 'off' | 'open' };

/**
 * What was answered about who follows whom. `open` means that an answer was missing once, so a late request may still
 * change the edge.
 */
export class Edges {
  readonly #known = new Map<string, Edge>();

  /** Follows or unfollows as a person. */
  async change(follower: Caller, followee: Person, to: 'on' | 'off'): Promise<void> {
    const begun = Date.now();
    const method = to === 'on' ? 'PUT' : 'DELETE';
    const answer = await request(follower, { method, path: `/api/users/${followee.handle}/follow` });
    const name = `${follower.id} ${followee.id}`;
    const state = answer?.status === 204 && this.#known.get(name)?.state !== 'open' ? to : 'open';
    this.#known.set(name, { follower, followee, state, begun, ended: Date.now() });
  }

  /** All changes whose result is known. */
  settled() {
    return [...this.#known.values()].filter(({ state }) => state !== 'open');
  }
}
