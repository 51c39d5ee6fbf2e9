import { setTimeout as sleep } from 'node:timers/promises';
import type { History } from '../chaos/history.ts';
import type { Stage } from '../chaos/stage/stage.ts';
import { KINDS, type Kind, type KindName } from './kinds.ts';
import type { PlannedFault } from './schedule.ts';

export type Inflicted = Map<KindName, number>;

/**
 * Performs a schedule and returns how often each kind was done. Faults on different things overlap; one on a thing
 * that is not healed yet waits for its turn, or is left out when its turn does not come in time. All is healed then.
 * Throws when a fault could not be made or healed.
 */
export async function perform(faults: PlannedFault[], scene: Scene): Promise<Inflicted> {
  const { signal } = scene;
  const turns = new Map<string, Promise<unknown>>();
  const done: Inflicted = new Map();
  const started = performance.now();
  const hit = async (fault: PlannedFault, before: Promise<unknown> | undefined) => {
    const failure = await before;
    if (failure || signal.aborted) return failure;
    await inflict(fault, scene);
    done.set(fault.kind, (done.get(fault.kind) ?? 0) + 1);
  };
  for (const fault of faults) {
    await pause(fault.at - (performance.now() - started), signal);
    const thing = thingOf(fault);
    turns.set(
      thing,
      hit(fault, turns.get(thing)).catch((cause: unknown) => failed(fault, cause)),
    );
  }
  await pause(Number.POSITIVE_INFINITY, signal);
  const failures = (await Promise.all(turns.values())).filter((failure) => failure instanceof Error);
  if (failures[0]) throw failures[0];
  return done;
}

const failed = ({ kind, target }: PlannedFault, cause: unknown) =>
  new Error(`The nemesis failed at "${kind}" of ${target}: ${cause}`, { cause });

type Scene = { stage: Stage; history: History; signal: AbortSignal };

async function inflict(fault: PlannedFault, { stage, history, signal }: Scene): Promise<void> {
  const { kind, target, lasts, dice } = fault;
  const how: Kind = KINDS[kind];
  history.note('fault', { kind, target, lasts });
  const heal = await how.inflict(stage, target, () => dice);
  await pause(lasts, signal);
  await heal();
  history.note('healed', { kind, target });
}

/** A link is a thing of its own; killing and freezing one worker hit the same thing. */
function thingOf({ kind, target }: PlannedFault): string {
  return `${KINDS[kind].on} ${target}`;
}

const LONGEST = 2 ** 31 - 1; // ms; a timer takes no more

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(Math.min(ms, LONGEST), undefined, { signal }).catch(() => {});
}
