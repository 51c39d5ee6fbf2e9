import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { freePort } from '#dev/ports.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { drive, parseMeasurement, writeRequests } from './wrk.ts';

const OUTPUT = `Running 5s test @ http://127.0.0.1:3000
  1 threads and 16 connections
Requests/sec:    480.20

{"requests":2401,"us":5000000,"p50":32000,"p99":67100,"refused":0,"failed":0}
`;

test('the last line of wrk becomes answers a second and milliseconds', () => {
  expect(parseMeasurement(OUTPUT)).toEqual({ requests: 2_401, perSecond: 480.2, p50: 32, p99: 67.1 });
});

test('a load with a refused or a failed request is no measurement', () => {
  expect(() => parseMeasurement(OUTPUT.replace('"refused":0', '"refused":3'))).toThrow('3 that refuse');
  expect(() => parseMeasurement(OUTPUT.replace('"failed":0', '"failed":1'))).toThrow('1 that failed');
});

test('a load without any answer is no measurement', () => {
  expect(() => parseMeasurement(OUTPUT.replace('2401', '0'))).toThrow('got none');
});

test('a wrk that measured nothing is an error with its words', () => {
  expect(() => parseMeasurement('unable to connect')).toThrow('unable to connect');
});

describe.runIf(spawnSync('wrk', ['-v']).error === undefined)('driven by wrk', () => {
  const folder = openTempFolder('wrk');
  afterAll(() => folder.remove());

  test('every tweet has a key of its own, and readers take turns', async () => {
    const seen: { path: string; key: string; account: string }[] = [];
    const port = await freePort();
    const server = createServer((request, response) => {
      const [key, account] = [request.headers['idempotency-key'], request.headers['x-account']];
      seen.push({ path: `${request.method} ${request.url}`, key: String(key), account: String(account) });
      response.writeHead(request.method === 'POST' ? 202 : 200).end('{}');
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    const requests = writeRequests(join(folder.dir, 'requests'), [
      { method: 'POST', path: '/api/tweets', cookie: 'session=a', account: 'ann' },
      { method: 'GET', path: '/home' },
    ]);
    await drive({ url: `http://127.0.0.1:${port}`, requests, connections: 1, seconds: 1 });
    server.close();
    const keys = seen.filter(({ path }) => path === 'POST /api/tweets').map(({ key }) => key);
    const paths = seen.map(({ path }) => path);
    expect(new Set(paths.slice(0, 2))).toEqual(new Set(['POST /api/tweets', 'GET /home']));
    expect(paths[2]).toBe(paths[0]);
    expect(seen.find(({ path }) => path.startsWith('POST'))?.account).toBe('ann');
    expect(new Set(keys).size).toBe(keys.length);
  });
});
