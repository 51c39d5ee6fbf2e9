import type { Metadata } from 'next';
import Link from 'next/link';
import { PAGE } from '#app/browser/api.ts';
import { ChooseAccount } from '#app/ui/choose-account.tsx';
import { Explore } from '#app/ui/explore.tsx';
import { readSession, web } from '#app/web.ts';
import { HomeView } from './home-view.tsx';
import { OlderView } from './older-view.tsx';

export const metadata: Metadata = { title: 'Home' };

type Props = { searchParams: Promise<{ cursor?: string | string[] }> };

export default async function HomePage({ searchParams }: Props) {
  const { cursor } = await searchParams;
  const { acting } = await readSession();
  if (!acting) return <ChooseAccount />;
  if (typeof cursor === 'string') {
    const page = await web().reads.home(acting.id, { cursor, limit: PAGE });
    return <OlderView page={page} />;
  }
  const { reads } = web();
  const [page, recent, explore] = await Promise.all([
    reads.home(acting.id, { limit: PAGE }),
    reads.recentDeliveries(acting.id),
    reads.explore(acting.id),
  ]);
  return (
    <div className="mx-auto grid max-w-2xl xl:max-w-none xl:grid-cols-[minmax(0,42rem)_minmax(0,1fr)]">
      <div className="min-h-dvh min-w-0 bg-surface lg:border-x">
        <h1 className="sr-only">Home</h1>
        <Link href="/explore" className="link block border-b px-4 py-2 text-sm md:px-6 xl:hidden">
          Trends and who to follow
        </Link>
        <HomeView key={acting.handle} account={acting} page={page} recent={recent} />
      </div>
      <aside aria-label="Trends and who to follow" className="hidden px-4 pt-10 xl:block">
        <Explore key={acting.handle} account={acting} {...explore} />
      </aside>
    </div>
  );
}
