'use client';

import { Cross2Icon } from '@radix-ui/react-icons';
import { type ReactNode, type RefObject, useId } from 'react';

type Props = {
  dialog: RefObject<HTMLDialogElement | null>;
  title: string;
  children: ReactNode;
  wide?: boolean;
};

/** A native modal dialog. Escape, the close button and a click beside it close it, and the focus goes back. */
export function Dialog({ dialog, title, children, wide = false }: Props) {
  const titleId = useId();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same, by the browser
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClick={(event) => {
        if (event.target === event.currentTarget) dialog.current?.close();
      }}
      className={`visible m-auto max-h-[min(46rem,calc(100dvh-2rem))] w-[calc(100vw-1.5rem)] overflow-hidden rounded-2xl border bg-raised p-0 shadow-float ${wide ? 'max-w-3xl' : 'max-w-lg'}`}
    >
      <div className="flex max-h-[inherit] flex-col">
        <header className="flex items-center justify-between gap-4 border-b px-5 py-3">
          <h2 id={titleId} className="font-semibold">
            {title}
          </h2>
          <button
            type="button"
            onClick={() => dialog.current?.close()}
            className="grid size-8 place-items-center rounded-lg text-muted hover:bg-ink/5 hover:text-ink"
          >
            <Cross2Icon aria-hidden className="size-4.5" />
            <span className="sr-only">Close</span>
          </button>
        </header>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <div tabIndex={0} className="overflow-y-auto p-5 focus-visible:outline-offset-[-2px]">
          {children}
        </div>
      </div>
    </dialog>
  );
}
