import { SECOND } from '#core/durations.ts';
import { FAULTS, type FaultInfo, type FaultKind } from '#core/lab/fault-kinds.ts';
import { type FaultOrder, targetOf } from '#core/lab/faults.ts';
import type { ActiveFault } from '#core/lab/lab-state.ts';
import { type Breakable, type Inflicted, inflict } from './inflict.ts';

/** The lab cannot do this now: the message names what is in the way. */
export class LabBusy extends Error {
  override name = 'LabBusy';
}

/** The part is not one of ours to break. */
export class NotEmbedded extends Error {
  override name = 'NotEmbedded';
}

type Broken = {
  shown: ActiveFault;
  /** Resolves when the fault is there. */
  inflicted: Promise<Inflicted>;
  deadline: Deadline | null;
  healing: Promise<void> | undefined;
};

/**
 * A moment by two clocks. It has come when either clock says so: the monotonic one stands still while the machine
 * sleeps, and the wall clock can be set back.
 */
type Deadline = { monotonic: number; wall: number };

const isOver = ({ monotonic, wall }: Deadline) => performance.now() >= monotonic || Date.now() >= wall;

const LOOK = 200; // ms between two looks for deadlines
const SHOWN = 100; // lines of the log

type Told = { changed(): void; log(line: string): void };

/** Everything that is broken on purpose now. Each fault heals by its deadline, even if whoever asked for it is gone. */
export class Faults {
  readonly #broken = new Map<number, Broken>();
  readonly log: { id: number; at: string; text: string }[] = [];
  #noted = 0;
  #number = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly system: Breakable,
    private readonly told: Told,
  ) {}

  get active(): ActiveFault[] {
    return [...this.#broken.values()].map(({ shown }) => shown);
  }

  /**
   * Begins to cause a fault. `there` resolves once it is there, and rejects with what went wrong. Throws {@link LabBusy} or
   * {@link NotEmbedded}.
   */
  begin(order: FaultOrder, by: string): { fault: ActiveFault; there: Promise<void> } {
    requireEmbedded(this.system, order.kind);
    this.#requireFree(order);
    // A new order for the number of workers replaces the one before.
    for (const [id, { shown }] of this.#broken)
      if (order.kind === 'workers-changed' && shown.kind === order.kind) this.#broken.delete(id);
    const broken = this.#add(order, by);
    return { fault: broken.shown, there: this.#follow(broken, order) };
  }

  async #follow({ shown, inflicted, deadline }: Broken, order: FaultOrder): Promise<void> {
    try {
      const { over } = await inflicted;
      if (!deadline || this.#isUsual(order)) this.#forget(shown.id, 'is over');
      else void over?.then(() => this.#forget(shown.id, 'is over'));
    } catch (error) {
      this.#forget(shown.id, `failed: ${error instanceof Error ? error.message : error}`);
      throw error;
    }
  }

  /** Ends a fault before its time; false when there is none of this number. May be called twice. */
  async heal(id: number): Promise<boolean> {
    const broken = this.#broken.get(id);
    if (!broken) return false;
    broken.healing ??= this.#heal(broken).finally(() => {
      broken.healing = undefined; // one that failed is tried again by the next look
    });
    await broken.healing;
    return true;
  }

  /** Ends all of them. */
  async healAll(): Promise<void> {
    await Promise.all([...this.#broken.keys()].map((id) => this.heal(id)));
  }

  /** Adds a line to the log of what was broken. */
  note(text: string): void {
    this.log.unshift({ id: ++this.#noted, at: new Date().toISOString(), text });
    this.log.length = Math.min(this.log.length, SHOWN);
    this.told.log(text);
    this.told.changed();
  }

  /** Stops looking for deadlines, because everything is being stopped. */
  close(): void {
    clearInterval(this.#timer);
  }

  #add(order: FaultOrder, by: string): Broken {
    const { lasts, state }: FaultInfo = FAULTS[order.kind];
    const ms = lasts ? (order.seconds ?? lasts.usual) * SECOND : null;
    const id = ++this.#number;
    const target = targetOf(order);
    const now = Date.now();
    const shown: ActiveFault = {
      ...{ id, kind: order.kind, target, by, since: new Date(now).toISOString(), progress: null },
      text: textOf(order, { target, state }),
      healsAt: ms === null ? null : new Date(now + ms).toISOString(),
    };
    const deadline = ms === null ? null : { monotonic: performance.now() + ms, wall: now + ms };
    const inflicted = inflict(this.system, order, (text) => {
      shown.progress = text;
      this.told.changed();
    });
    inflicted.catch(() => {}); // whoever waits for it hears of the failure
    const broken = { shown, inflicted, deadline, healing: undefined };
    this.#broken.set(id, broken);
    this.#timer ??= setInterval(() => this.#look(), LOOK);
    this.note(`${shown.text}${ms === null ? '' : ` for ${ms / SECOND} s`}, by ${by}`);
    return broken;
  }

  #requireFree(order: FaultOrder): void {
    const { on } = FAULTS[order.kind];
    const target = targetOf(order);
    const other = this.active.find(({ kind, target: hit }) => {
      if (hit === target) return kind !== 'workers-changed' || order.kind !== kind;
      if (on === 'workers') return hit.startsWith('worker ');
      return on === 'worker' && kind === 'workers-replaced';
    });
    if (!other) return;
    const until = other.healsAt ? `until ${other.healsAt.slice(11, 19)} UTC` : 'now';
    throw new LabBusy(`${other.text} ${until}, by ${other.by}: restore it first`);
  }

  #isUsual({ kind, workers }: FaultOrder): boolean {
    return kind === 'workers-changed' && workers === this.system.usualWorkers;
  }

  async #heal({ shown, inflicted }: Broken): Promise<void> {
    const { heal } = await inflicted;
    await heal();
    this.#forget(shown.id, 'is healed');
  }

  #forget(id: number, how: string): void {
    const broken = this.#broken.get(id);
    if (!broken) return;
    this.#broken.delete(id);
    this.note(`${broken.shown.text}: ${how}`);
    if (this.#broken.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const [id, { deadline }] of this.#broken)
      if (deadline && isOver(deadline))
        this.heal(id).catch((error: Error) => this.told.log(`not healed, trying again: ${error.message}`));
  }
}

function textOf({ kind, workers }: FaultOrder, { target, state }: { target: string; state: string }): string {
  if (kind !== 'workers-changed') return `${NAMES[target] ?? target} ${state}`;
  return workers === 1 ? '1 worker is to run' : `${workers} workers are to run`;
}

const NAMES: Record<string, string> = {
  web: 'the web process',
  workers: 'the workers',
  queue: 'the queue',
  timelines: 'the timeline store',
  postgres: 'Postgres',
};

const VARIABLES = {
  queue: 'QUEUE_REDIS_URL (or the address of another broker)',
  timelines: 'TIMELINE_REDIS_URL',
  postgres: 'DATABASE_URL',
};

/** Throws {@link NotEmbedded} for a server that somebody gave by its URL: it may be in use elsewhere. */
function requireEmbedded({ servers, isQueueRedis }: Breakable, kind: FaultKind): void {
  const { on } = FAULTS[kind];
  if (on !== 'queue' && on !== 'timelines' && on !== 'postgres') return;
  if (kind === 'timelines-warmed') return; // it repairs, and breaks nothing
  if (!servers[on])
    throw new NotEmbedded(
      `${on}: expected a server that npm start started, got one that ${VARIABLES[on]} names. Start without that variable to break it.`,
    );
  if (kind === 'queue-emptied' && !isQueueRedis)
    throw new NotEmbedded(
      'queue: expected the queue on Redis, got another broker. Start without BROKER to empty it, or kill it instead.',
    );
}
