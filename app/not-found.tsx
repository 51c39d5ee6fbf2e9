import Link from 'next/link';

export default function NotFound() {
  return (
    <div className="mx-auto max-w-xl px-6 py-20">
      <h1 className="font-semibold text-2xl tracking-tight">There is no such page</h1>
      <p className="mt-2 text-muted">
        The tweet may have been deleted by its author, or the address is not complete.
      </p>
      <p className="mt-6">
        <Link href="/home" className="button">
          To Home
        </Link>
      </p>
    </div>
  );
}
