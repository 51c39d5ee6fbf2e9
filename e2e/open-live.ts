import { expect, type Page } from '@playwright/test';
import { statusStrip } from './screen.ts';

/** Opens a page and waits until it listens to the stream. Before that it can be read but not used. */
export async function openLive(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expectLive(page);
}

/** Expects that the page is connected, or says that four other tabs are. */
export async function expectLive(page: Page): Promise<void> {
  await expect(statusStrip(page)).toContainText(/live (under )?[\d.]+ s behind|four other tabs are live/, {
    timeout: 15_000,
  });
}
