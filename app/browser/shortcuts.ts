'use client';

import { type RefObject, useEffect, useEffectEvent } from 'react';
import { useStored } from './stored.ts';

/** Whether single-key shortcuts are on (WCAG 2.1.4: they can be switched off). */
export function useShortcutsOn(): [boolean, (on: boolean) => void] {
  const [value, write] = useStored('shortcuts', ['on', 'off']);
  return [value === 'on', (on) => write(on ? 'on' : 'off')];
}

/** Runs `action` when `key` is pressed outside of text fields and dialogs, without a modifier. */
export function useShortcut(key: string, action: () => void): void {
  const [on] = useShortcutsOn();
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== key || isTaken(event)) return;
    event.preventDefault();
    action();
  });
  useEffect(() => {
    if (!on) return;
    const listen = (event: KeyboardEvent) => press(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [on]);
}

function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return true;
  if (document.querySelector('dialog[open]')) return true;
  const { target } = event;
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}

/** `j` and `k` move the focus from article to article of a list. */
export function useArticleKeys(list: RefObject<HTMLElement | null>): void {
  const move = (by: 1 | -1) => {
    const articles = [...(list.current?.querySelectorAll('article') ?? [])];
    const at = articles.findIndex((article) => article.contains(document.activeElement));
    const next = at === -1 ? firstInView(articles) : articles[at + by];
    next?.focus();
  };
  useShortcut('j', () => move(1));
  useShortcut('k', () => move(-1));
}

function firstInView(articles: HTMLElement[]): HTMLElement | undefined {
  return articles.find((article) => article.getBoundingClientRect().top >= 0) ?? articles[0];
}
