import type { Metadata } from 'next';
import { ChooseAccount } from '#app/ui/choose-account.tsx';
import { Explore } from '#app/ui/explore.tsx';
import { readSession, web } from '#app/web.ts';

export const metadata: Metadata = { title: 'Trends and who to follow' };

/** `/explore`: trends and who to follow. On wide screens these also stand beside the timeline. */
export default async function ExplorePage() {
  const { acting } = await readSession();
  if (!acting) return <ChooseAccount />;
  const found = await web().reads.explore(acting.id);
  return (
    <div className="mx-auto w-full max-w-xl px-4 py-6">
      <h1 className="mb-4 font-semibold text-2xl tracking-tight">Trends and who to follow</h1>
      <Explore key={acting.handle} account={acting} {...found} />
    </div>
  );
}
