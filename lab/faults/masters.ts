import { setTimeout as wait } from 'node:timers/promises';
import { slotOf } from '#core/timelines/shard-tags.ts';
import { allShards, tagOf } from '#core/timelines/timeline.ts';
import type { BreakableStage } from '#lab/stage/breakable-stage.ts';
import type { ClusterNode } from '#testing/cluster.ts';
import { cutOff, join, pairedAgain, promoted } from '#testing/fail-over.ts';
import { beginMove, holds } from '#testing/move-slot.ts';
import { type Heal, healsItself } from './outages.ts';

/* Faults of the cluster that holds the timelines. Each begins and ends with a replica for every master. */

type Random = () => number;

/** Kills a master. Its cluster lets the replica take its place. Healing brings the node back, as a replica of that one. */
export async function loseMaster(stage: BreakableStage, _target: string, random: Random): Promise<Heal> {
  const { master, replica } = await pairOf(stage, random());
  await master.kill();
  await promoted(replica);
  return async () => {
    await master.restart();
    await pairedAgain([master, replica]);
  };
}

const BEHIND = 1_500; // ms at most, of which the replica lacks everything

/** The same, and the replica lacks the last writes. */
export async function loseWrites(stage: BreakableStage, _target: string, random: Random): Promise<Heal> {
  const dice = random();
  const { master, replica } = await pairOf(stage, dice);
  await cutOff(master, replica);
  await wait(BEHIND * dice);
  await master.kill();
  await promoted(replica);
  return async () => {
    await join(replica);
    await master.restart();
    await pairedAgain([master, replica]);
  };
}

/** Stops a master. If that is for longer than its cluster waits, another has its place when it goes on. */
export async function freezeMaster(stage: BreakableStage, _target: string, random: Random): Promise<Heal> {
  const { master, replica } = await pairOf(stage, random());
  master.freeze();
  return async () => {
    master.thaw();
    await pairedAgain([master, replica]);
  };
}

/** Moves a shard to another master, key by key. */
export async function moveShard(stage: BreakableStage, _target: string, random: Random): Promise<Heal> {
  const { slot, from, to } = await drawMove(stage, random());
  await (await beginMove(slot, { from, to })).finish();
  return healsItself;
}

const SOME = 10_000; // keys at most

/** Breaks the move of a shard off. Healing finishes it. */
export async function breakMove(stage: BreakableStage, _target: string, random: Random): Promise<Heal> {
  const dice = random();
  const { slot, from, to } = await drawMove(stage, dice);
  const move = await beginMove(slot, { from, to });
  await move.moveSome(Math.ceil(SOME * dice));
  await move.breakOff();
  return async () => (await beginMove(slot, { from, to, again: true })).finish();
}

/** One of the masters with its replica: either of two nodes may be the master now. */
function pairOf({ cluster }: BreakableStage, dice: number) {
  const n = Math.floor(dice * (cluster?.nodes.length ?? 0));
  const [one, other] = [cluster?.nodes[n], cluster?.replicas[n]];
  if (!one || !other) throw new Error('Expected a stage whose timelines are on a cluster with replicas');
  return pairedAgain([one, other]);
}

/** A shard's slot, the master that holds it, and another one. */
async function drawMove(stage: BreakableStage, dice: number) {
  const { cluster, timelines } = stage;
  const slot = slotOf(tagOf(timelines, Math.floor(dice * allShards(timelines).length)));
  const masters: ClusterNode[] = [];
  for (const n of cluster?.nodes.keys() ?? [])
    masters.push((await pairOf(stage, n / (cluster?.nodes.length ?? 1))).master);
  const held = await Promise.all(masters.map((master) => holds(master, slot)));
  const from = masters[held.indexOf(true)];
  const others = masters.filter((master) => master !== from);
  const to = others[Math.floor(dice * 10 * others.length) % others.length];
  if (!from || !to) throw new Error(`Expected a master that holds slot ${slot}, and another one`);
  return { slot, from, to };
}
