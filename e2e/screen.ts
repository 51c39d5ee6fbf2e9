import type { Locator, Page } from '@playwright/test';

/** What a person looks for on the screen, by role and name. */

type Place = Page | Locator;

/** Where a tweet is written. */
export const composer = (place: Place): Locator => place.getByRole('textbox', { name: 'Your tweet' });

/** The tweet with this text in a timeline. */
export const tweet = (page: Page, text: string): Locator =>
  page.getByRole('article').filter({ hasText: text });

/** The line with the state of every part. */
export const statusStrip = (page: Page): Locator => page.getByRole('complementary', { name: 'Status' });

/** The heading of a page, such as `12 of 12 delivered · 0 missing · 0 twice`. */
export const headline = (page: Page): Locator => page.getByRole('heading', { level: 1 });
