import { setTimeout as sleep } from 'node:timers/promises';
import type { History } from '#lab/harness/history.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import { KINDS, type Kind, type KindName } from './kinds.ts';
import type { PlannedFault } from './schedule.ts';

export type Inflicted = Map<KindName, number>;

type Given = { stage: BreakableStage; history: History; signal: AbortSignal };

/**
 * Performs a schedule and returns how often each kind was done. Faults on different things overlap. If a thing has not
 * healed yet, the next fault on it waits, and is left out when the time is over first. In the end everything is healed.
 * Throws when a fault could not be made or healed.
 */
export async function perform(faults: PlannedFault[], given: Given): Promise<Inflicted> {
  const { signal } = given;
  const lastOn = new Map<string, Promise<unknown>>();
  const done: Inflicted = new Map();
  const started = performance.now();
  const hit = async (fault: PlannedFault, before: Promise<unknown> | undefined) => {
    const failure = await before;
    if (failure || signal.aborted) return failure;
    await inflict(fault, given);
    done.set(fault.kind, (done.get(fault.kind) ?? 0) + 1);
  };
  for (const fault of faults) {
    await pause(fault.at - (performance.now() - started), signal);
    const thing = thingOf(fault);
    const over = hit(fault, lastOn.get(thing)).catch((cause: unknown) => failed(fault, cause));
    lastOn.set(thing, over);
  }
  await pause(Number.POSITIVE_INFINITY, signal);
  const failures = (await Promise.all(lastOn.values())).filter((failure) => failure instanceof Error);
  if (failures[0]) throw failures[0];
  return done;
}

const failed = ({ kind, target }: PlannedFault, cause: unknown) =>
  new Error(`The nemesis failed at "${kind}" of ${target}: ${cause}`, { cause });

async function inflict(fault: PlannedFault, { stage, history, signal }: Given): Promise<void> {
  const { kind, target, lasts, dice } = fault;
  const how: Kind = KINDS[kind];
  history.note('fault', { kind, target, lasts });
  const heal = await how.inflict(stage, target, () => dice);
  await pause(lasts, signal);
  await heal();
  history.note('healed', { kind, target });
}

/**
 * Names the thing that a fault hits. Killing and freezing one worker hit the same thing. A link is a thing of its own.
 */
function thingOf({ kind, target }: PlannedFault): string {
  return `${KINDS[kind].on} ${target}`;
}

const LONGEST = 2 ** 31 - 1; // ms, the most that a timer takes

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(Math.min(ms, LONGEST), undefined, { signal }).catch(() => {});
}
