import { writeSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import type { Broker, ConsumeOptions, Handler } from '#broker/port.ts';
import type { Message, QueueName } from '#core/messages.ts';

/** The gap between two steps in which a process is to end: right before or right after the n-th matching call. */
export type Gap = {
  side: 'before' | 'after';
  call:
    | 'sql' // a statement; COMMIT together with what its transaction has said so far
    | 'publish' // to this queue
    | 'handle' // a message of this queue; what follows is its acknowledgement
    | 'script'; // of the timeline store, by its first key
  /** A regular expression. */
  of: string;
  /** The first unless told. */
  nth?: number;
};

/** Wraps what a process is given, so that it is signalled exactly there. The code that runs knows nothing of it. */
export class Trap {
  #seen = 0;

  constructor(
    private readonly gap: Gap,
    private readonly signal: 'SIGKILL' | 'SIGSTOP',
  ) {}

  pool(pool: pg.Pool): pg.Pool {
    return override(pool, {
      query: (...args: unknown[]) =>
        this.#around('sql', textOf(args[0]), () => Reflect.apply(pool.query, pool, args)),
      connect: async () => this.#client(await pool.connect()),
    });
  }

  broker(broker: Broker): Broker {
    return override(broker, {
      publish: (queue: QueueName, messages: Message[]) =>
        this.#around('publish', queue, () => broker.publish(queue, messages)),
      consume: (queue: QueueName, handler: Handler, options: ConsumeOptions) => {
        const trapped: Handler = (delivery) => this.#around('handle', queue, () => handler(delivery));
        return broker.consume(queue, trapped, options);
      },
    });
  }

  redis(redis: Redis): Redis {
    const script =
      (run: 'eval' | 'evalsha') =>
      (...args: unknown[]) =>
        this.#around('script', String(args[2]), () => Reflect.apply(redis[run], redis, args));
    return override(redis, { eval: script('eval'), evalsha: script('evalsha') });
  }

  #client(client: pg.PoolClient): pg.PoolClient {
    const said: string[] = [];
    return override(client, {
      query: (...args: unknown[]) => {
        said.push(textOf(args[0]));
        return this.#around('sql', said.join('\n'), () => Reflect.apply(client.query, client, args));
      },
    });
  }

  async #around<T>(call: Gap['call'], what: string, step: () => Promise<T>): Promise<T> {
    const here = this.gap.call === call && new RegExp(this.gap.of).test(what);
    if (here && this.gap.side === 'before') this.#spring();
    const taken = step();
    // Only who was frozen can say so.
    if (here && this.gap.side === 'before') taken.finally(() => say('passed')).catch(() => {});
    const result = await taken;
    if (here && this.gap.side === 'after') this.#spring();
    return result;
  }

  #spring(): void {
    if (++this.#seen !== (this.gap.nth ?? 1)) return;
    say('there');
    process.kill(process.pid, this.signal);
  }
}

// At once: the next thing that happens may be the end.
const say = (word: string) => writeSync(process.stdout.fd, `${word}\n`);

/** The same object but for these methods. */
function override<T extends object>(target: T, methods: Partial<Record<keyof T, unknown>>): T {
  return new Proxy(target, {
    get: (_, name) => {
      const own: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof own === 'function' && !Object.hasOwn(methods, name) ? own.bind(target) : own;
    },
  });
}

function textOf(query: unknown): string {
  return typeof query === 'string' ? query : String((query as { text?: string }).text);
}
