'use client';

import { QuestionMarkCircledIcon } from '@radix-ui/react-icons';
import { type ReactNode, useRef } from 'react';
import { useShortcut } from '#app/browser/shortcuts.ts';
import { Dialog } from '#app/ui/dialog.tsx';
import { RAIL_ITEM } from './rail-item.ts';

/** Opens the keys and words, which the server has rendered; always the last entry of the rail. */
export function Help({ children }: { children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = () => dialog.current?.showModal();
  useShortcut('?', open);
  return (
    <>
      <button type="button" aria-haspopup="dialog" onClick={open} className={RAIL_ITEM}>
        <QuestionMarkCircledIcon aria-hidden className="size-4.5" />
        <span>Help</span>
      </button>
      <Dialog dialog={dialog} title="Help">
        {children}
      </Dialog>
    </>
  );
}
