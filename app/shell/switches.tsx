'use client';

import { DesktopIcon, Half2Icon, SunIcon } from '@radix-ui/react-icons';
import { useShortcutsOn } from '#app/browser/shortcuts.ts';
import { useStored } from '#app/browser/stored.ts';
import { THEMES } from './theme.ts';

const ICONS = { system: DesktopIcon, light: SunIcon, dark: Half2Icon };

/** What can be set: the theme, and whether single keys are shortcuts. */
export function Switches() {
  return (
    <>
      <ThemeSwitch />
      <ShortcutsSwitch />
    </>
  );
}

function ThemeSwitch() {
  const [theme, setTheme] = useStored('theme', THEMES);
  return (
    <fieldset>
      <legend className="mb-2 font-medium text-sm">Theme</legend>
      <div className="grid grid-cols-3 rounded-lg border p-0.5">
        {THEMES.map((name) => {
          const Icon = ICONS[name];
          return (
            <label
              key={name}
              className="flex min-h-8 items-center justify-center gap-1.5 rounded-md text-muted text-sm has-checked:bg-accent-soft has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input
                type="radio"
                name="theme"
                className="sr-only"
                checked={theme === name}
                onChange={() => setTheme(name)}
              />
              <Icon aria-hidden className="size-3.5" />
              <span className="capitalize">{name}</span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}

function ShortcutsSwitch() {
  const [on, setOn] = useShortcutsOn();
  return (
    <label className="mt-4 flex items-center justify-between gap-3 text-sm">
      <span>
        <span className="font-medium">Single-key shortcuts</span>
        <span className="block text-muted text-xs">
          Keys such as <kbd className="key">j</kbd> and <kbd className="key">a</kbd>. Ctrl+Enter always works.
        </span>
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        onChange={(event) => setOn(event.target.checked)}
        className="size-5 accent-accent"
      />
    </label>
  );
}
