import { writeSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import type { Broker, ConsumeOptions, Handler } from '#broker/port.ts';
import type { Message, QueueName } from '#core/messages.ts';
import { override } from '../override.ts';
import type { TrapOptions } from './trapped-process.ts';

/**
 * The gap between two steps in which a process is to end. It lies right before or right after the n-th matching call,
 * or the first one when `nth` is missing. `of` is a regular expression. It is matched against
 *
 * - `sql`: the statement, with all that its transaction has said before it
 * - `publish`: the name of the queue
 * - `handle`: the queue that the message came from; the acknowledgement comes after it
 * - `script`: the first key of a script of the timeline store
 */
export type Gap = TrapOptions['gap'];

/** Wraps the connections of a process, so that a signal hits it exactly in the gap. Its code knows nothing of that. */
export class Trap {
  #seen = 0;

  constructor(
    private readonly gap: Gap,
    private readonly signal: TrapOptions['signal'],
  ) {}

  pool(pool: pg.Pool): pg.Pool {
    return override(pool, {
      query: (...args: unknown[]) =>
        this.#watch('sql', textOf(args[0]), () => Reflect.apply(pool.query, pool, args)),
      connect: async () => this.#client(await pool.connect()),
    });
  }

  broker(broker: Broker): Broker {
    return override(broker, {
      publish: (queue: QueueName, messages: Message[]) =>
        this.#watch('publish', queue, () => broker.publish(queue, messages)),
      consume: (queue: QueueName, handler: Handler, options: ConsumeOptions) => {
        const trapped: Handler = (delivery) => this.#watch('handle', queue, () => handler(delivery));
        return broker.consume(queue, trapped, options);
      },
    });
  }

  redis(redis: Redis): Redis {
    const script =
      (run: 'eval' | 'evalsha') =>
      (...args: unknown[]) =>
        this.#watch('script', String(args[2]), () => Reflect.apply(redis[run], redis, args));
    return override(redis, { eval: script('eval'), evalsha: script('evalsha') });
  }

  #client(client: pg.PoolClient): pg.PoolClient {
    const said: string[] = [];
    return override(client, {
      query: (...args: unknown[]) => {
        said.push(textOf(args[0]));
        return this.#watch('sql', said.join('\n'), () => Reflect.apply(client.query, client, args));
      },
    });
  }

  async #watch<T>(call: Gap['call'], what: string, step: () => Promise<T>): Promise<T> {
    const here = this.gap.call === call && new RegExp(this.gap.of).test(what);
    if (here && this.gap.side === 'before') this.#spring();
    const taken = step();
    // A killed process prints nothing more. A frozen one prints this when it goes on.
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

// Written at once: the next thing that happens may be the end.
const say = (word: string) => writeSync(process.stdout.fd, `${word}\n`);

function textOf(query: unknown): string {
  return typeof query === 'string' ? query : String((query as { text?: string }).text);
}
