/** `system` follows the device. */
export const THEMES = ['system', 'light', 'dark'] as const;

/** Forces a theme on the document, or leaves it to the device. */
export function applyTheme(theme: string): void {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

/** Runs before the first paint, so that a forced theme does not flash. */
export const THEME_BEFORE_PAINT =
  "try{var t=localStorage.getItem('theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";
