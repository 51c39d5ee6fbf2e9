import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { type BrokerName, brokerVariables } from '#broker/variables.ts';
import { QUEUE_SERVERS } from './controlled-servers.ts';

/** A broker whose server has a bound of memory. */
export type LimitedBroker = { broker: Broker; pid: number; close(): Promise<void> };

/** Starts the server of one broker in a folder of its own, and connects to it. `close` may be called twice. */
export async function openLimitedBroker(
  name: BrokerName,
  { dataDir, memoryMb }: { dataDir: string; memoryMb: number },
): Promise<LimitedBroker> {
  const folder = join(dataDir, `limited-${name}`);
  mkdirSync(folder, { recursive: true });
  const { start, variables } = QUEUE_SERVERS[name];
  const server = await start({ dataDir: folder, memoryMb, appendOnly: true });
  const broker = openBroker(brokerVariables.parse(variables(server.url)));
  const close = async () => {
    await broker.close(0);
    await server.stop(0);
  };
  return { broker, pid: server.pid, close };
}
