import Link from 'next/link';

/** No such tweet, or its author deleted it. */
export default function UnknownTweet() {
  return (
    <div className="mx-auto w-full max-w-xl px-4 py-16">
      <h1 className="text-2xl font-semibold">No such tweet</h1>
      <p className="mt-2 text-muted">
        There is no delivery to show under this address: the number is wrong, the data was reset since, or
        Postgres was restored to a moment before the tweet. The console says so then.
      </p>
      <Link href="/home" className="button button-primary mt-6">
        Post one and watch it
      </Link>
    </div>
  );
}
