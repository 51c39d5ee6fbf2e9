import { expect, inject, it } from 'vitest';
import { freePort } from '#dev/ports.ts';
import { checkNodes } from './check-nodes.ts';

const there = new URL(inject('servers').queueRedisUrl).port; // anything that listens

async function said(urls: string[], signal = new AbortController().signal) {
  const lines: string[] = [];
  await checkNodes({ RABBITMQ_URL: urls }, { signal, log: (line) => lines.push(line) });
  return lines;
}

it('names the nodes of a list that do not answer, by their numbers and without their passwords', async () => {
  const nobody = await freePort();
  const urls = [
    `amqp://me:hunter2@127.0.0.1:${there}`,
    `amqp://me:hunter2@127.0.0.1:${nobody}`,
    'amqp://nowhere.invalid',
  ];
  const lines = await said(urls);
  expect(lines.sort()).toEqual([
    'RABBITMQ_URL: number 2 of 3 does not answer. Start it, or take it out of the list if it is gone.',
    'RABBITMQ_URL: number 3 of 3 does not answer. Start it, or take it out of the list if it is gone.',
  ]);
});

it('says nothing of nodes that answer, of a single server, nor to somebody who does not want to know any more', async () => {
  const nobody = `amqp://127.0.0.1:${await freePort()}`;
  expect(await said([`amqp://127.0.0.1:${there}`, `amqp://localhost:${there}`])).toEqual([]);
  expect(await said([nobody])).toEqual([]);
  expect(await said([nobody, nobody], AbortSignal.abort())).toEqual([]);
});
