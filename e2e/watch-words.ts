import type { Locator } from '@playwright/test';

/** Notes what an element says from now on, even what passes too quickly for a test to ask. Returns how to read it. */
export async function watchWords(element: Locator): Promise<() => Promise<string[]>> {
  const notes = await element.evaluateHandle((watched) => {
    const words: string[] = [];
    const look = () => {
      const now = watched.textContent ?? '';
      if (words.at(-1) !== now) words.push(now);
    };
    look();
    new MutationObserver(look).observe(watched, { subtree: true, childList: true, characterData: true });
    return words;
  });
  return () => notes.jsonValue();
}
