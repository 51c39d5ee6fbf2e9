import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import type { ReactNode } from 'react';
import { ActingProvider } from '#app/browser/acting.tsx';
import { ChunkSizeProvider } from '#app/browser/chunk-size.tsx';
import { HealthProvider } from '#app/browser/live/health.tsx';
import { LabProvider } from '#app/browser/live/lab.tsx';
import { LiveProvider } from '#app/browser/live/use-live.tsx';
import { OutboxProvider } from '#app/browser/outbox/outbox-provider.tsx';
import { HelpWords } from '#app/shell/help-words.tsx';
import { LabBanner } from '#app/shell/lab-banner.tsx';
import { Rail } from '#app/shell/rail.tsx';
import { StatusStrip } from '#app/shell/status-strip.tsx';
import { THEME_BEFORE_PAINT } from '#app/shell/theme.ts';
import { readWhoIsThere, web } from '#app/web.ts';
import './globals.css';
import { GeistMono } from 'geist/font/mono';
import { GeistSans } from 'geist/font/sans';

export const metadata: Metadata = {
  title: { default: 'tweet-fanout', template: '%s · tweet-fanout' },
  description: 'One real tweet, through a real broker, to a million home timelines, as you watch.',
};

export const viewport: Viewport = { width: 'device-width', initialScale: 1, colorScheme: 'light dark' };

/** No page can be built ahead: who is signed in, and the nonce of the scripts, come with the request. */
export const dynamic = 'force-dynamic';

export default async function RootLayout({ children }: { children: ReactNode }) {
  const [{ session, accounts }, nonce] = await Promise.all([whoIsThere(), readNonce()]);
  return (
    <html lang="en" className={fontVariables} suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of ours, before the first paint */}
        <script nonce={nonce} dangerouslySetInnerHTML={{ __html: THEME_BEFORE_PAINT }} />
      </head>
      <body className="font-sans">
        <a
          href="#content"
          className="fixed top-2 left-2 z-50 -translate-y-16 rounded-lg bg-accent px-4 py-2 text-accent-ink focus:translate-y-0"
        >
          Skip to content
        </a>
        <LiveProvider>
          <LabProvider initial={{ state: web().lab.state, at: new Date().toISOString() }}>
            <ActingProvider accounts={accounts} initial={session.acting}>
              <HealthProvider>
                <OutboxProvider>
                  <ChunkSizeProvider chunkSize={web().config.CHUNK_SIZE}>
                    <div className="mx-auto min-h-dvh max-w-7xl md:grid md:grid-cols-[13.5rem_minmax(0,1fr)]">
                      <header className="z-20 md:sticky md:top-0 md:flex md:h-dvh md:flex-col md:overflow-y-auto md:border-r md:px-3 md:py-4">
                        <Rail help={<HelpWords chunkSize={web().config.CHUNK_SIZE} />} />
                      </header>
                      <div className="min-w-0 pb-20 md:pb-0">
                        <StatusStrip />
                        <LabBanner />
                        <main id="content" tabIndex={-1} className="outline-none">
                          {children}
                        </main>
                      </div>
                    </div>
                  </ChunkSizeProvider>
                </OutboxProvider>
              </HealthProvider>
            </ActingProvider>
          </LabProvider>
        </LiveProvider>
      </body>
    </html>
  );
}

/** The nonce of this answer's Content Security Policy, see api/security-headers.ts. */
const readNonce = async () => (await headers()).get('x-nonce') ?? undefined;

/** Without Postgres nobody is signed in, and the account switcher says why it is empty. */
const whoIsThere = () =>
  readWhoIsThere().catch(() => ({ accounts: [], session: { accounts: [], acting: null } }));

// The class names define `--font-geist-sans` and `--font-geist-mono`. This app serves the files.
const fontVariables = `${GeistSans.variable} ${GeistMono.variable}`;
