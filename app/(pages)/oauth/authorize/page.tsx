import type { Metadata } from 'next';
import { headers } from 'next/headers';
import { readSession, web } from '#app/web.ts';
import { Consent } from './consent.tsx';
import { SignInHere } from './sign-in-here.tsx';

export const metadata: Metadata = { title: 'Connect an app' };

type Props = { searchParams: Promise<Record<string, string | string[]>> };

/** `/oauth/authorize`: an app has sent somebody here, who says whether it may act. */
export default async function AuthorizePage({ searchParams }: Props) {
  const cookies = (await headers()).get('cookie') ?? undefined;
  const asked = await web().clients.consents.describe(await searchParams, cookies);
  if (asked.kind === 'refused') return <Refused why={asked.why} />;
  const { accounts, acting } = await readSession();
  if (!acting) return <SignInHere app={asked.app.name} />;
  return <Consent {...asked} accounts={accounts} acting={acting} />;
}

function Refused({ why }: { why: string }) {
  return (
    <div className="mx-auto max-w-xl px-4 py-12">
      <h1 className="font-semibold text-2xl tracking-tight">This app cannot be connected</h1>
      <p className="mt-2 text-muted">{why}.</p>
      <p className="mt-2 text-muted">
        Nothing was allowed. Start again in the app: remove this server there, and add it anew.
      </p>
    </div>
  );
}
