import type { Metadata } from 'next';
import { ChooseAccount } from '#app/ui/choose-account.tsx';
import { readOrigin, readSession, web } from '#app/web.ts';
import { ConnectedApps } from './connected-apps.tsx';
import { YourOwnClient } from './your-own-client.tsx';

export const metadata: Metadata = { title: 'Clients' };

/** `/clients`: apps that others wrote, and what they may do. */
export default async function ClientsPage() {
  const { acting } = await readSession();
  if (!acting) return <ChooseAccount />;
  const apps = await web().reads.clients(acting.id);
  return (
    <div className="mx-auto w-full max-w-4xl space-y-5 px-4 py-6">
      <header>
        <h1 className="font-semibold text-2xl tracking-tight">Clients</h1>
        <p className="mt-1 max-w-2xl text-muted">
          Apps that others wrote for Mastodon work here as they are. What they post is delivered as any other
          tweet, and you can watch it.
        </p>
      </header>
      <YourOwnClient origin={await readOrigin()} />
      <ConnectedApps key={acting.handle} account={acting.handle} initial={apps} />
    </div>
  );
}
