'use client';

import { MixerHorizontalIcon } from '@radix-ui/react-icons';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useStored } from '#app/browser/stored.ts';
import { RAIL_ITEM } from './rail-item.ts';
import { applyTheme, THEMES } from './theme.ts';

const load = () => import('./switches.tsx');

/** Loaded when somebody comes near it, because every page has it and few people change anything. */
const Switches = lazy(() =>
  load().then(
    ({ Switches: Loaded }) => ({ default: Loaded }),
    () => ({ default: () => <p role="alert">The server did not answer. Load the page again.</p> }),
  ),
);

/** The theme, and whether single keys are shortcuts. Stored in this browser. */
export function Settings() {
  const [theme] = useStored('theme', THEMES);
  const [opened, setOpened] = useState(false);
  useEffect(() => applyTheme(theme), [theme]);
  const open = () => setOpened(true);
  return (
    <>
      <button
        type="button"
        popoverTarget="settings"
        onFocus={open}
        onPointerEnter={open}
        onClick={open}
        className={RAIL_ITEM}
      >
        <MixerHorizontalIcon aria-hidden className="size-4.5" />
        <span>Settings</span>
      </button>
      <div
        id="settings"
        popover="auto"
        aria-label="Settings"
        role="dialog"
        className="visible fixed inset-auto right-2 bottom-18 m-0 w-72 rounded-xl border bg-raised p-4 shadow-float md:right-auto md:bottom-6 md:left-56"
      >
        <Suspense fallback={<div className="min-h-32" />}>{opened && <Switches />}</Suspense>
      </div>
    </>
  );
}
