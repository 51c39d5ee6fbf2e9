import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import type { UserView } from '#api/contract.ts';
import { PAGE } from '#app/browser/api.ts';
import { FollowButton } from '#app/ui/follow-button.tsx';
import { FollowerFigures } from '#app/ui/follower-figures.tsx';
import { Portrait } from '#app/ui/portrait.tsx';
import { TweetCard } from '#app/ui/tweet-card.tsx';
import { readSession, web } from '#app/web.ts';

type Props = { params: Promise<{ handle: string }>; searchParams: Promise<{ cursor?: string | string[] }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { handle } = await params;
  return { title: `@${handle}` };
}

export default async function ProfilePage({ params, searchParams }: Props) {
  const [{ handle }, { cursor }, { acting }] = await Promise.all([params, searchParams, readSession()]);
  const from = typeof cursor === 'string' ? { cursor } : {};
  const [user, page] = await Promise.all([
    web().reads.user(handle, acting?.id),
    web().reads.tweetsBy(handle, { ...from, limit: PAGE }),
  ]);
  if (!user || !page) notFound();
  const { tweets, nextCursor } = page;
  return (
    <div className="mx-auto min-h-dvh max-w-2xl bg-surface lg:border-x">
      <Head user={user} account={acting?.handle} />
      {tweets.length === 0 && <p className="p-10 text-center text-muted text-sm">No tweets yet.</p>}
      <div role="feed" aria-label={`Tweets by ${user.name}`}>
        {tweets.map((tweet, index) => (
          <TweetCard
            key={tweet.id}
            id={`t${tweet.id}`}
            position={index + 1}
            size={nextCursor ? -1 : tweets.length}
            author={tweet.author}
            text={tweet.text}
            createdAt={tweet.createdAt}
            via={tweet.app?.name}
            tools={
              <Link
                href={`/t/${tweet.id}/delivery`}
                className="rounded-md px-2 py-1 text-muted text-xs hover:bg-ink/5 hover:text-ink"
              >
                Delivery
              </Link>
            }
          />
        ))}
      </div>
      {nextCursor && (
        <p className="flex justify-center p-6">
          <Link href={`/u/${handle}?cursor=${encodeURIComponent(nextCursor)}`} className="button">
            Older tweets
          </Link>
        </p>
      )}
    </div>
  );
}

function Head({ user, account }: { user: UserView; account: string | undefined }) {
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-3 border-b px-4 py-6 md:px-6">
      <Portrait handle={user.handle} size={72} />
      <div className="min-w-0 flex-1">
        <h1 className="font-semibold text-xl tracking-tight" dir="auto">
          {user.name}
        </h1>
        <p className="text-muted text-sm">@{user.handle}</p>
      </div>
      {account && account !== user.handle && (
        <FollowButton handle={user.handle} account={account} following={user.followedByMe} />
      )}
      <div className="w-full">
        <p dir="auto">{user.bio}</p>
        <p className="mt-1 text-muted text-sm">
          <FollowerFigures account={user} />
        </p>
      </div>
    </header>
  );
}
