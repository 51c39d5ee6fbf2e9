import Link from 'next/link';

export default function NotFound() {
  return (
    <div className="mx-auto max-w-xl px-6 py-20">
      <h1 className="font-semibold text-2xl tracking-tight">There is no such page</h1>
      <p className="mt-2 text-muted">Its author may have deleted the tweet, or the address is incomplete.</p>
      <p className="mt-6">
        <Link href="/home" className="button">
          To Home
        </Link>
      </p>
    </div>
  );
}
