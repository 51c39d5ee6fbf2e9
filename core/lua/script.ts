import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cluster } from 'ioredis';
import { type StoreClient, tagIn } from '#core/redis.ts';

/**
 * On a cluster each script names one key more, behind its own, that never exists. While a slot is moved from one master to
 * another, key by key, both have a part of it, and a script would take what its master does not have for cold. A cluster
 * refuses a call that names keys of such a slot which are not all in one place (TRYAGAIN). With a key that is nowhere it
 * refuses every call, so that the shard is away until its slot is whole again.
 */
const named = (redis: StoreClient, keys: string[]): string[] =>
  redis instanceof Cluster ? [...keys, `nowhere:{${tagIn(keys[0] ?? '')}}`] : keys;

/** A Lua script by the name of its file, whose first comment is its contract. The file is read at the first run. */
export class Script {
  #loaded: { source: string; sha: string } | undefined;

  constructor(private readonly name: string) {}

  /** Runs the script by its hash. Sends the source only when the store does not know it: it is new, or was restarted. */
  async run(redis: StoreClient, own: string[], args: (string | number)[]): Promise<unknown> {
    const { source, sha } = this.#load();
    const keys = named(redis, own);
    return redis.evalsha(sha, keys.length, ...keys, ...args).catch((error: unknown) => {
      if (!isUnknown(error)) throw error;
      return redis.eval(source, keys.length, ...keys, ...args);
    });
  }

  /** The same, but every text of the answer comes as bytes. */
  async runForBytes(redis: StoreClient, own: string[], args: (string | number)[]): Promise<unknown> {
    const { source, sha } = this.#load();
    const keys = named(redis, own);
    return redis.callBuffer('EVALSHA', sha, keys.length, ...keys, ...args).catch((error: unknown) => {
      if (!isUnknown(error)) throw error;
      return redis.callBuffer('EVAL', source, keys.length, ...keys, ...args);
    });
  }

  #load() {
    if (this.#loaded) return this.#loaded;
    // Not import.meta.url: the web build rewrites it.
    const source = readFileSync(join(process.cwd(), 'core', 'lua', `${this.name}.lua`), 'utf8');
    this.#loaded = { source, sha: createHash('sha1').update(source).digest('hex') };
    return this.#loaded;
  }
}

const isUnknown = (error: unknown) => error instanceof Error && error.message.startsWith('NOSCRIPT');
