import { expect } from 'vitest';
import { BrokerAway } from '../port.ts';
import type { Mistake } from './fixture.ts';
import type { Stage } from './stage.ts';

/** A mistake in the environment is reported with the variable, what was found, and what to do. */
export function mistakes({ test, open, server }: Stage, made: Mistake[]): void {
  for (const { name, make, says, undo } of made) {
    test(`the message about ${name} helps`, async () => {
      try {
        const broker = open(await make(server().url));
        const asked = broker.ping().then(() => broker.depth('fan-out'));
        const message = await asked.then(
          () => 'it answered',
          (error) => (error instanceof BrokerAway ? error.message : `not BrokerAway: ${error}`),
        );
        expect(message).toMatch(says);
      } finally {
        await undo?.(server().url);
      }
    });
  }
}
