'use client';

import type { RefObject } from 'react';
import { useShortcut } from '#app/shell/shortcuts.ts';

/** `j` and `k` move the focus from article to article. */
export function useWalk(list: RefObject<HTMLElement | null>): void {
  const walk = (by: 1 | -1) => {
    const articles = [...(list.current?.querySelectorAll('article') ?? [])];
    const at = articles.findIndex((article) => article.contains(document.activeElement));
    const next = at === -1 ? firstInView(articles) : articles[at + by];
    next?.focus();
  };
  useShortcut('j', () => walk(1));
  useShortcut('k', () => walk(-1));
}

function firstInView(articles: HTMLElement[]): HTMLElement | undefined {
  return articles.find((article) => article.getBoundingClientRect().top >= 0) ?? articles[0];
}
