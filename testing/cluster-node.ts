import { join } from 'node:path';
import { ask, freePort, until } from '#dev/ports.ts';
import { startProgram } from '#dev/program.ts';
import { redisBinary } from '#dev/redis-binary.ts';

/** Starts a Redis with cluster mode on, alone and without slots. To its clients it looks like any node of a Cluster. */
export async function startClusterNode(dir: string, port: number) {
  const running = startProgram({
    name: 'cluster node',
    command: redisBinary(process.env),
    args: Object.entries({
      port,
      // By default it is 10,000 above the port, which may be beyond the last port.
      'cluster-port': await freePort(),
      'cluster-enabled': 'yes',
      bind: '127.0.0.1',
      dir,
      save: '',
    }).flatMap(([name, value]) => [`--${name}`, String(value)]),
    output: { file: join(dir, 'cluster-node.log') },
  });
  await until(() => ask(port, 'PING\r\n'), 10_000);
  return { url: `redis://127.0.0.1:${port}/0`, stop: () => running.stop(2_000) };
}
