import { once } from 'node:events';
import { connect } from 'node:net';
import { SECOND } from '#core/durations.ts';

const PATIENCE = 2 * SECOND;
const PORTS: Record<string, number> = { 'amqp:': 5672, 'amqps:': 5671 };

type Looking = { signal: AbortSignal; log: (line: string) => void };

/**
 * Looks at start which nodes of a list of URLs answer, by the name of its variable, and logs those that do not. It is no
 * failure: any other node is enough. But nobody would notice it before the others are gone, too.
 */
export async function checkNodes(lists: Record<string, string[]>, looking: Looking): Promise<void> {
  const nodes = Object.entries(lists)
    .filter(([, urls]) => urls.length > 1)
    .flatMap(([variable, urls]) =>
      urls.map((url, at) => ({ url, name: `${variable}: number ${at + 1} of ${urls.length}` })),
    );
  await Promise.all(nodes.map((node) => checkNode(node, looking)));
}

async function checkNode(
  { url, name }: { url: string; name: string },
  { signal, log }: Looking,
): Promise<void> {
  if (await answers(url, signal)) return;
  if (!signal.aborted) log(`${name} does not answer. Start it, or take it out of the list if it is gone.`);
}

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || PORTS[protocol] || 0,
  });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
