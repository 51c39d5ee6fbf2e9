import { randomInt } from 'node:crypto';
import type { Dial, Dials, ExperimentInfo, ExperimentRun, RunOrder } from '#core/lab/experiment.ts';

/** The order asks for something that this experiment does not have: the message names the field. */
export class InvalidOrder extends Error {
  override name = 'InvalidOrder';
}

/** An order with everything that it left open. */
export type CompleteOrder = Pick<ExperimentRun, 'seed' | 'size' | 'broker' | 'dials' | 'prediction'>;

/** Fills in what the order leaves open, as is usual for this experiment. Throws {@link InvalidOrder}. */
export const completeOrder = (info: ExperimentInfo, order: RunOrder): CompleteOrder => ({
  seed: order.seed ?? randomInt(1_000_000),
  size: settingOf({ ...info.size, name: 'size', least: info.size.least ?? 1 }, order.size),
  broker: brokerOf(info, order),
  dials: dialsOf(info, order),
  prediction: order.prediction ?? null,
});

/** The broker of the stage: the one that is asked for, or the usual one. */
function brokerOf({ id, brokers }: ExperimentInfo, { broker }: RunOrder): string | null {
  if (broker === undefined || brokers.includes(broker)) return broker ?? brokers[0] ?? null;
  throw new InvalidOrder(
    brokers.length === 0
      ? `broker: expected none, ${id} runs on this very system, got ${broker}`
      : `broker: expected one of ${brokers.join(', ')}, got ${broker}`,
  );
}

/** Every dial of the experiment: as it is asked for, or as usual. */
function dialsOf({ id, dials }: ExperimentInfo, { dials: asked = {} }: RunOrder): Dials {
  const names = dials.map(({ name }) => name);
  const unknown = Object.keys(asked).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new InvalidOrder(`dials: expected ${names.join(', ') || `none, ${id} has none`}, got ${unknown}`);
  return Object.fromEntries(
    dials.map((dial) => [dial.name, settingOf({ ...dial, name: `dials.${dial.name}` }, asked[dial.name])]),
  );
}

function settingOf({ name, least, usual, most }: Omit<Dial, 'text'>, asked = usual): number {
  if (asked >= least && asked <= most) return asked;
  throw new InvalidOrder(`${name}: expected ${least} to ${most}, got ${asked}`);
}
