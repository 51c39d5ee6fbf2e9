import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import { type Person, readPeople } from '#core/accounts/people.ts';
import { SECOND } from '#core/durations.ts';
import { Gather } from '#core/gather.ts';

const KEPT = 10_000; // people, some 5 MB
const FRESH = 10 * SECOND; // figures on a timeline may be so old
const READS = { most: 200, atOnce: 2 }; // people of one statement

/**
 * People as they stand beside tweets: with their figures, which nobody looks at closely. One process makes one of these.
 * Whoever was read lately is not read again, and all who are missing at one moment are read by one statement.
 */
export class PeopleCache {
  readonly #people = new LRUCache<number, Person>({ max: KEPT, ttl: FRESH });
  readonly #reads: Gather<number, Person | undefined>;

  constructor(pool: pg.Pool) {
    this.#reads = new Gather((ids) => readInOrder(pool, ids), READS);
  }

  /** These people by their ids. Somebody who does not exist is left out. */
  async read(ids: Iterable<number>): Promise<Map<number, Person>> {
    const people = await Promise.all([...new Set(ids)].map((id) => this.#people.get(id) ?? this.#read(id)));
    return new Map(people.flatMap((person) => (person ? [[person.id, person]] : [])));
  }

  async #read(id: number): Promise<Person | undefined> {
    const person = await this.#reads.ask(id);
    if (person) this.#people.set(id, person);
    return person;
  }
}

async function readInOrder(pool: pg.Pool, ids: number[]): Promise<(Person | undefined)[]> {
  const people = await readPeople(pool, [...new Set(ids)]);
  const byId = new Map(people.map((person) => [person.id, person]));
  return ids.map((id) => byId.get(id));
}
