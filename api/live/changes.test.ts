import { expect, it } from 'vitest';
import { Changes } from './changes.ts';
import { EventStream } from './event-stream.ts';

type Item = { id: number; text: string };

/** Tells a stream of items, as chunks or tasks are told; keeps what every event held. */
function telling() {
  const stream = new EventStream();
  const told: Item[][] = [];
  const changes = new Changes<Item>(stream, {
    idOf: ({ id }) => id,
    send: (items) => {
      told.push(items);
      stream.send('beat', { at: JSON.stringify(items) });
    },
  });
  return { stream, changes, told };
}

const items = (count: number, text = 'x'.repeat(1_000)): Item[] =>
  Array.from({ length: count }, (_, id) => ({ id, text }));

it('a list of any length waits with its owner until the reader has read, and not in the stream', async () => {
  const { stream, changes, told } = telling();
  changes.add(items(1_000)); // a megabyte
  expect(stream.waiting).toBeLessThan(120_000);
  expect(told.flat().length).toBeLessThan(120);
  const reader = stream.response.body?.getReader();
  while (told.flat().length < 1_000) await reader?.read();
  expect(told.flat().map(({ id }) => id)).toEqual(items(1_000).map(({ id }) => id));
  for (const event of told) expect(JSON.stringify(event).length).toBeLessThan(33_000);
});

it('what changes again before it was told is told once, as it is then', async () => {
  const { stream, changes, told } = telling();
  changes.add(items(200));
  changes.add([{ id: 199, text: 'newer' }]);
  const reader = stream.response.body?.getReader();
  while (!told.flat().some(({ id }) => id === 199)) await reader?.read();
  expect(told.flat().filter(({ id }) => id === 199)).toEqual([{ id: 199, text: 'newer' }]);
});

it('an item that is larger than an event goes alone', () => {
  const { changes, told } = telling();
  changes.add([...items(1), { id: 1, text: 'y'.repeat(50_000) }]);
  expect(told.map((event) => event.length)).toEqual([1, 1]);
});
