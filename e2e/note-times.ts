import type { Page } from '@playwright/test';

/*
 * Times as pages note them themselves. Browsers and tests run on one machine and have one clock. The time that Playwright
 * needs to look is not measured.
 */

/** Resolves with the time of the next press of Enter on this page. */
export const noteKeyPress = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const press = ({ key }: KeyboardEvent) => key === 'Enter' && resolve(Date.now());
        addEventListener('keydown', press, { capture: true });
      }),
  );

/** Resolves with the time at which a button of this name appears on this page. */
export const noteAppearance = (page: Page, name: string): Promise<number> =>
  page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = () => {
          const buttons = [...document.querySelectorAll('button')];
          if (buttons.some(({ textContent }) => textContent?.includes(wanted))) resolve(Date.now());
        };
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
      }),
    name,
  );
