import { writeSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type pg from 'pg';
import type { Broker, ConsumeOptions, Handler } from '#broker/port.ts';
import type { Message, QueueName } from '#core/messages.ts';
import { override } from '../override.ts';
import type { TrapOptions } from './trapped-process.ts';

/**
 * The gap between two steps in which a process is to end: right before or right after the n-th matching call, the first
 * unless told. `of` is a regular expression for what is called:
 *
 * - `sql`: a statement; COMMIT together with what its transaction has said so far
 * - `publish`: the queue
 * - `handle`: the queue of the message; what follows is its acknowledgement
 * - `script` of the timeline store: its first key
 */
export type Gap = TrapOptions['gap'];

/** Wraps what a process is given, so that it is signalled exactly in the gap. The code that runs knows nothing of it. */
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
    // A killed process prints nothing more; a frozen one does when it goes on.
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
