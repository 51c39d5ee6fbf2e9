import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from '#dev/ports.ts';
import { Findings } from '#lab/harness/findings.ts';
import { keepProbing } from './probe.ts';

/** Probes a server that answers like this, until it has been asked `times` times. */
async function probe(answer: RequestListener, times: number, patience?: number) {
  const over = new AbortController();
  const findings = new Findings();
  let asked = 0;
  const server = createServer((incoming, outgoing) => {
    if (++asked === times) over.abort();
    answer(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const reader = { handle: 'ada', cookie: '', url: `http://127.0.0.1:${port}` };
  const probed = await keepProbing(reader, { findings, ...(patience && { patience }) }, over.signal);
  server.closeAllConnections();
  server.close();
  return { probed, found: findings.lines() };
}

const busy = JSON.stringify({ type: '/problems/too-busy' });

it('counts answers, and refusals of what is no health check', async () => {
  const { probed, found } = await probe(
    ({ url }, outgoing) => outgoing.end(url === '/healthz' ? '{}' : busy),
    4,
  );
  expect(probed).toEqual({ answered: 2, refused: 2, away: 0 });
  expect(found).toEqual([]);
});

it('finds a question that is never answered, a health check that is refused, and a mistake', async () => {
  expect((await probe(() => {}, 1, 300)).found).toEqual(['no answer: GET /healthz: expected one in 300 ms']);
  expect((await probe((_, outgoing) => outgoing.end(busy), 1)).found).toEqual([
    'no answer: GET /healthz was refused',
  ]);
  const mistake: RequestListener = (_, outgoing) => outgoing.writeHead(500).end();
  expect((await probe(mistake, 1)).found).toEqual(['unexpected answer: GET /healthz: 500']);
});

it('finds nothing wrong with a process that is down, or that goes down before it has answered', async () => {
  const gone = await probe(({ socket }) => socket.destroy(), 1);
  expect(gone).toMatchObject({ probed: { away: 1 }, found: [] });
  const findings = new Findings();
  const reader = { handle: 'ada', cookie: '', url: `http://127.0.0.1:${await freePort()}` };
  const probing = keepProbing(reader, { findings }, AbortSignal.timeout(10));
  expect(await probing).toMatchObject({ answered: 0, refused: 0 });
  expect(findings.total).toBe(0);
});
