'use client';

import { PauseIcon, PlayIcon } from '@radix-ui/react-icons';
import { useLiveState, useLiveStream } from '#app/browser/live/use-live.tsx';
import { useShortcut } from '#app/browser/shortcuts.ts';
import { RAIL_ITEM } from './rail-item.ts';

/** Stops the page. Events that come meanwhile are counted and wait. */
export function PauseLive() {
  const stream = useLiveStream();
  const { state, heldBack } = useLiveState();
  const paused = state === 'paused';
  const toggle = () => stream.pause(!paused);
  useShortcut('p', toggle);
  const Icon = paused ? PlayIcon : PauseIcon;
  return (
    <button type="button" aria-pressed={paused} onClick={toggle} className={`${RAIL_ITEM} relative`}>
      <Icon aria-hidden className="size-4.5" />
      <span>
        {paused ? 'Paused' : 'Pause'}
        <span className={paused ? 'sr-only' : 'sr-only md:not-sr-only'}> live</span>
      </span>
      {paused && heldBack > 0 && (
        <span className="rounded-full bg-accent px-1.5 text-xs text-accent-ink tabular-nums max-md:absolute max-md:top-1 max-md:left-[55%] md:ml-auto">
          {heldBack}
          <span className="sr-only"> waiting</span>
        </span>
      )}
    </button>
  );
}
