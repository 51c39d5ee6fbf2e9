import type { ZodMiniType } from 'zod/mini';
import type { ChunkView, StreamEvents } from '#api/contract.ts';
import { type CheckedByPage, liveEvent } from '#app/browser/shapes.ts';
import type { WrittenEvent } from './read-events.ts';

type Data = { [K in keyof StreamEvents]: K extends CheckedByPage ? unknown : StreamEvents[K] };

/** One event of the stream, with its name. */
export type LiveEvent = { [K in keyof Data]: { name: K; data: Data[K] } }[keyof Data];

export type LiveHandlers = Partial<{ [K in keyof Data]: (data: Data[K]) => void }>;

const warned = new WeakSet<object>();

/** A handler that checks its events itself. It ignores an event of another shape, and says so once. */
export const checked =
  <T>(shape: ZodMiniType<T>, hear: (data: T) => void) =>
  (data: unknown): void => {
    const found = shape.safeParse(data);
    if (found.success) hear(found.data);
    else if (!warned.has(shape)) {
      warned.add(shape);
      console.warn(`Ignored a live event: ${found.error.issues[0]?.path.join('.')}`);
    }
  };

/**
 * Reads events. An event of another shape than expected is null. `warn` hears of it only once for each name, because
 * ten a second may come.
 */
export function eventParser(warn: (text: string) => void): (written: WrittenEvent) => LiveEvent | null {
  const warned = new Set<string>();
  return ({ name, data }) => {
    const found = liveEvent.safeParse({ name, data: parseJson(data) });
    if (found.success) return found.data;
    const [issue] = found.error.issues;
    if (!warned.has(name))
      warn(`Ignored live events named ${name}: ${issue?.path.join('.')} is ${issue?.code}`);
    warned.add(name);
    return null;
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Whether a component that asked for `topic` gets `event`. `posts` does not tell authors apart: match them by tweet id.
 */
export function belongs(event: LiveEvent, topic: string): boolean {
  switch (event.name) {
    case 'delivery':
      return topic === `delivery:${event.data.tweetId}` || topic.startsWith('posts:');
    case 'chunks':
    case 'audit':
      return topic === `delivery:${event.data.tweetId}`;
    case 'arrival':
      return topic === `home:${event.data.account}`;
    case 'tasks':
      return topic === `tasks:${event.data.account}`;
    case 'allTasks':
      return topic === `all-tasks:${event.data.account}`;
    case 'console':
      return topic === 'console' || topic.startsWith('console:');
    case 'schedules':
    case 'status':
    case 'lab':
    case 'stage':
    case 'invariants':
    case 'race':
      return topic === event.name;
    case 'beat':
      return true;
  }
}

/** Calls the handler that has the event's name. */
export function hand<K extends keyof Data>(
  { name, data }: { [Name in K]: { name: Name; data: Data[Name] } }[K],
  handlers: { [Name in K]?: (data: Data[Name]) => void },
): void {
  handlers[name]?.(data);
}

/** Events that wait while live is paused, by their subject. A newer figure replaces the older one. */
export type HeldBack = ReadonlyMap<string, LiveEvent>;

/** Adds an event to those that wait. Chunks of one tweet and tasks are merged, and no arrival is dropped. */
export function hold(held: HeldBack, event: LiveEvent): HeldBack {
  const key = subject(event);
  const next = new Map(held);
  next.set(key, merge(held.get(key), event));
  return next;
}

/** How many of them are news to a person: arrivals and deliveries. The samples of the status strip are none. */
export function countHeld(held: HeldBack): number {
  return [...held.values()].filter(({ name }) => name === 'arrival' || name === 'delivery').length;
}

const REMEMBERED = 1_000; // arrivals

/** Finds out which arrivals are news. After a gap the server sends the newest again; only news wait and are counted. */
export class HeardArrivals {
  readonly #heard = new Set<string>();

  /** Whether this is an arrival that was heard before; remembers it. */
  isAgain(event: LiveEvent): boolean {
    if (event.name !== 'arrival') return false;
    const arrival = subject(event);
    const isAgain = this.#heard.delete(arrival);
    this.#heard.add(arrival);
    const [oldest] = this.#heard;
    if (this.#heard.size > REMEMBERED && oldest !== undefined) this.#heard.delete(oldest);
    return isAgain;
  }
}

function subject(event: LiveEvent): string {
  switch (event.name) {
    case 'delivery':
    case 'chunks':
    case 'audit':
      return `${event.name}:${event.data.tweetId}`;
    case 'arrival':
      return `arrival:${event.data.account}:${event.data.tweet.id}`;
    case 'tasks':
    case 'allTasks':
      return `${event.name}:${event.data.account}`;
    case 'schedules':
    case 'status':
    case 'console':
    case 'lab':
    case 'stage':
    case 'invariants':
    case 'race':
    case 'beat':
      return event.name;
  }
}

function merge(older: LiveEvent | undefined, event: LiveEvent): LiveEvent {
  if (older?.name === 'tasks' && event.name === 'tasks')
    return { name: 'tasks', data: mergeTasks(older.data, event.data) };
  if (older?.name === 'allTasks' && event.name === 'allTasks')
    return { name: 'allTasks', data: mergeTasks(older.data, event.data) };
  if (older?.name !== 'chunks' || event.name !== 'chunks') return event;
  const chunks = new Map<number, ChunkView>();
  for (const chunk of [...older.data.chunks, ...event.data.chunks]) chunks.set(chunk.number, chunk);
  return { name: 'chunks', data: { tweetId: event.data.tweetId, chunks: [...chunks.values()] } };
}

type OfTasks = StreamEvents['tasks'];

function mergeTasks(older: OfTasks, { account, tasks }: OfTasks): OfTasks {
  const byId = new Map([...older.tasks, ...tasks].map((task) => [task.id, task]));
  return { account, tasks: [...byId.values()] };
}
