import { defineConfig, devices } from '@playwright/test';
import { findChromium } from './testing/chromium.ts';
import { layFfmpeg } from './testing/ffmpeg.ts';
import { runningApp } from './testing/running-app.ts';

const chromium = await findChromium(process.env);

// Before Playwright records: it records with its own ffmpeg alone, and looks for it here.
if (process.env.FILM) process.env.PLAYWRIGHT_BROWSERS_PATH ??= layFfmpeg(process.env);
const isFilmed = Boolean(process.env.FILM && process.env.PLAYWRIGHT_BROWSERS_PATH);
if (process.env.FILM && !isFilmed) console.log('No ffmpeg found: the walkthroughs are not filmed.');

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  globalSetup: './testing/e2e-app.ts',
  // One application, and figures that must not disturb each other: one at a time, and a failure is a failure.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 60_000,
  forbidOnly: true,
  reporter: 'list',
  use: {
    baseURL: runningApp()?.url,
    trace: isFilmed ? 'on' : { mode: 'retain-on-failure', screenshots: false, snapshots: true },
    video: isFilmed ? 'on' : 'off',
    launchOptions: { executablePath: chromium.path, args: chromium.args, env: chromium.env },
  },
  projects: [{ name: 'chromium', use: { ...devices['Desktop Chrome'] } }],
});
