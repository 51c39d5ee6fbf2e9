import type { Metadata } from 'next';
import { PAGE } from '#app/client/timelines.ts';
import { readHomeTimeline, readSession, readUnfinished } from '#app/server/read.ts';
import { ChooseAccount } from './choose-account.tsx';
import { HomeView } from './home-view.tsx';
import { OlderView } from './older-view.tsx';
import { SourceNotice } from './source-notice.tsx';

export const metadata: Metadata = { title: 'Home' };

type Props = { searchParams: Promise<{ cursor?: string | string[] }> };

export default async function HomePage({ searchParams }: Props) {
  const { cursor } = await searchParams;
  const { acting } = await readSession();
  if (!acting) return <ChooseAccount />;
  if (typeof cursor === 'string') {
    const page = await readHomeTimeline(acting.id, { cursor, limit: PAGE });
    return <OlderView page={page} />;
  }
  const [page, unfinished] = await Promise.all([
    readHomeTimeline(acting.id, { limit: PAGE }),
    readUnfinished(acting.id),
  ]);
  return (
    <div className="mx-auto min-h-dvh max-w-2xl bg-surface lg:border-x">
      <h1 className="sr-only">Home</h1>
      <SourceNotice source={page.source} />
      <HomeView key={acting.handle} account={acting} page={page} unfinished={unfinished} />
    </div>
  );
}
