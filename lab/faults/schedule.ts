import type { Random } from '#lab/harness/random.ts';
import type { ServerName } from '#lab/stage/controlled-servers.ts';
import { KINDS, type Kind, type KindName, targetsOf } from './kinds.ts';

export type PlannedFault = {
  /** Milliseconds since the start of the round. */
  at: number;
  kind: KindName;
  target: string;
  lasts: number;
  /** A number from 0 to 1. It makes the fault's own choices. */
  dice: number;
};

export type ScheduleOptions = {
  random: Random;
  ms: number;
  /** Milliseconds between two faults on average. */
  every: number;
  workers: string[];
  /** Servers that are reached by links. */
  linked: ServerName[];
  /** All of them come before any comes again. One that is named twice comes twice as often. */
  kinds: readonly KindName[];
};

/** Plans which fault hits what, and when. The same options give the same faults. Without kinds there are none. */
export function schedule({ random, ms, every, kinds, ...on }: ScheduleOptions): PlannedFault[] {
  const faults: PlannedFault[] = [];
  let bag: KindName[] = [];
  for (let at = gap(random, every); at < ms; at += gap(random, every)) {
    if (bag.length === 0) bag = random.shuffled(kinds);
    const kind = bag.pop();
    if (kind) faults.push({ at, kind, ...draw(random, KINDS[kind], on) });
  }
  return faults;
}

/** The time to the next fault: anything from none to twice the average. */
const gap = (random: Random, every: number): number => random.between(0, 2 * every);

function draw(random: Random, kind: Kind, on: Pick<ScheduleOptions, 'workers' | 'linked'>) {
  const [from, to] = random.pick(kind.lasts);
  return {
    target: random.pick(targetsOf(kind, on)),
    lasts: random.between(from, to),
    dice: random.next(),
  };
}
