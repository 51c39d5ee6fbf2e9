import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { DESCRIPTORS, takePort } from '#dev/listening-socket.ts';
import { nodeArgs, ROOT } from '#dev/paths.ts';
import { freePort } from '#dev/ports.ts';

const NEWCOMERS = 40;

it('accepts as many newcomers in a turn of the event loop as it has descriptors', async () => {
  const socket = await takePort(await freePort());
  onTestFinished(() => socket.close());
  const lines = startAccepting(socket.handle);
  expect((await lines.next()).value).toBe('ready');
  const clients = Array.from({ length: NEWCOMERS }, () => connect(socket.port, '127.0.0.1'));
  onTestFinished(() => {
    for (const client of clients) client.destroy();
  });
  await Promise.all(clients.map((client) => once(client, 'connect'))); // by the system: nobody has accepted them
  lines.goOn();
  expect(Number((await lines.next()).value)).toBeLessThanOrEqual(NEWCOMERS / DESCRIPTORS);
});

/** Starts the process with so many descriptors of the socket. */
function startAccepting(handle: object) {
  const fds = Array.from({ length: DESCRIPTORS }, (_, n) => String(3 + n));
  const args = [...nodeArgs('testing/accepting-process.ts'), String(NEWCOMERS), ...fds];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit', ...fds.map(() => handle as never)],
  });
  onTestFinished(async () => {
    if (child.kill('SIGKILL')) await once(child, 'exit');
  });
  if (!child.stdout) throw new Error('Expected the output of the process');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { next: () => lines.next(), goOn: () => child.stdin?.write('\n') };
}
