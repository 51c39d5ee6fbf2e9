import type { Metadata } from 'next';
import Link from 'next/link';

export const metadata: Metadata = { title: 'Code for your app' };

type Props = { searchParams: Promise<Record<string, string | string[]>> };

/** `/oauth/authorize/code`: for an app without an address of its own, what somebody has decided. */
export default async function CodePage({ searchParams }: Props) {
  const { code } = await searchParams;
  return (
    <div className="mx-auto max-w-xl px-4 py-12">
      {typeof code === 'string' ? <Code code={code} /> : <Denied />}
    </div>
  );
}

function Code({ code }: { code: string }) {
  return (
    <>
      <h1 className="font-semibold text-2xl tracking-tight">Type this code into your app</h1>
      <p className="mt-2 text-muted">It works once, within ten minutes. Show it to nobody else.</p>
      <label className="mt-5 block">
        <span className="font-medium text-sm">Code</span>
        <input
          readOnly
          value={code}
          className="mt-1 w-full rounded-lg border bg-surface px-3 py-2 font-mono text-sm"
        />
      </label>
    </>
  );
}

function Denied() {
  return (
    <>
      <h1 className="font-semibold text-2xl tracking-tight">Denied</h1>
      <p className="mt-2 text-muted">The app may do nothing in your name. You can close this page.</p>
      <p className="mt-6">
        <Link href="/home" className="button">
          To Home
        </Link>
      </p>
    </>
  );
}
