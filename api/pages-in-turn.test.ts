import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

describe('the share of a network', () => {
  /** One network wants fifty pages a second for as long as the test runs, and `others` ask for something else. */
  function flood(pages: PagesInTurn) {
    let rendered = 0;
    return async (ms: number, others: string[] = ['b']): Promise<number> => {
      const before = rendered;
      const until = performance.now() + ms;
      while (performance.now() < until) {
        for (const network of [...others, 'a']) pages.asked(network);
        void pages.begin('a').then((leave) => {
          if (!leave) return;
          rendered++;
          leave();
        });
        await turns();
        vi.advanceTimersByTime(20);
      }
      return rendered - before;
    };
  }

  it('is two pages a second while somebody else asks, after twenty at once', async () => {
    const play = flood(new PagesInTurn(2));
    expect(await play(1_000)).toBe(21);
    expect(await play(2_000)).toBe(4);
  });

  it('is all when nobody else asks', async () => {
    const pages = new PagesInTurn(2);
    const play = flood(pages);
    expect(await play(1_000, [])).toBe(50);
    pages.asked('b');
    await play(1_000, []);
    expect(await play(1_000, [])).toBeGreaterThanOrEqual(50); // those that had to wait too
  });

  it('is nothing that another has to share', async () => {
    const pages = new PagesInTurn(2);
    await flood(pages)(1_000);
    const begun = ask(pages, ['b']);
    await turns();
    expect(begun).toHaveLength(1);
  });
});
