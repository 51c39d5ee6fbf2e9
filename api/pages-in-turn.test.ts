import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PagesInTurn } from './pages-in-turn.ts';

// The turns of the event loop are real, its clock is not.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

type Begun = { network: string; leave: () => void };

/** Asks for so many pages of each network; what has begun is in the list, in order. */
function ask(pages: PagesInTurn, networks: string[]): Begun[] {
  const begun: Begun[] = [];
  for (const network of networks)
    void pages.begin(network).then((leave) => leave && begun.push({ network, leave }));
  return begun;
}

async function turns(count = 40): Promise<void> {
  for (let passed = 0; passed < count; passed++) await turn();
}

it('renders two pages at once, and lets the networks take turns', async () => {
  const begun = ask(new PagesInTurn(2), ['a', 'a', 'a', 'a', 'b', 'c', 'b']);
  await turns();
  expect(begun).toHaveLength(2);
  for (let ended = 0; ended < 7; ended++) {
    begun[ended]?.leave();
    await turns();
  }
  expect(begun.map(({ network }) => network).join('')).toBe('aaabcab');
});

it('lets newcomers in between two pages', async () => {
  const begun = ask(new PagesInTurn(2), ['a', 'a', 'a']);
  await turns();
  begun[0]?.leave();
  await turns(10);
  expect(begun).toHaveLength(2);
  await turns(10);
  expect(begun).toHaveLength(3);
});
it('refuses what is too much of one network, and nothing of another', async () => {
  const pages = new PagesInTurn(2);
  ask(pages, Array(52).fill('a'));
  expect(pages.waiting).toBe(50);
  expect(await pages.begin('a')).toBeNull();
  void pages.begin('b');
  expect(pages.waiting).toBe(51);
});
