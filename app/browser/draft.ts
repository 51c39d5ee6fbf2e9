'use client';

import { useEffect, useState } from 'react';

/** A text to go on writing, such as that of a rejected tweet. A new `serial` gives the same text again. */
export type GivenText = { serial: number; text: string };

/**
 * What an account has begun to write. It is stored in this browser, one draft for each account, and is the same in all
 * tabs.
 */
export function useDraft(handle: string, given: GivenText): [string, (text: string) => void] {
  const name = `draft:${handle}`;
  const [text, show] = useState('');
  useEffect(() => {
    show(localStorage.getItem(name) ?? '');
    // A draft that was posted in another tab must not stand here, or it would be posted again.
    const hear = ({ key, newValue }: StorageEvent) => {
      if (key === name) show(newValue ?? '');
    };
    window.addEventListener('storage', hear);
    return () => window.removeEventListener('storage', hear);
  }, [name]);
  useEffect(() => {
    if (given.serial > 0) show((draft) => (draft.trim() === '' ? given.text : `${given.text}\n${draft}`));
  }, [given]);
  const setText = (next: string) => {
    show(next);
    if (next === '') localStorage.removeItem(name);
    else localStorage.setItem(name, next);
  };
  return [text, setText];
}
