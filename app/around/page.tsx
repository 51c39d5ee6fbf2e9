import type { Metadata } from 'next';
import { Around } from '#app/home/around.tsx';
import { ChooseAccount } from '#app/home/choose-account.tsx';
import { readSession, web } from '#app/web.ts';

export const metadata: Metadata = { title: 'Trends and who to follow' };

/** `/around`: on narrow screens, what stands beside the timeline on wide ones. */
export default async function AroundPage() {
  const { acting } = await readSession();
  if (!acting) return <ChooseAccount />;
  const around = await web().reads.around(acting.id);
  return (
    <div className="mx-auto w-full max-w-xl px-4 py-6">
      <h1 className="mb-4 font-semibold text-2xl tracking-tight">Trends and who to follow</h1>
      <Around key={acting.handle} account={acting} {...around} />
    </div>
  );
}
