import type { Metadata } from 'next';
import { readSession, readWhoIsThere, web } from '#app/web.ts';
import { SplitChoice } from './split-choice.tsx';
import { SplitView } from './split-view.tsx';

export const metadata: Metadata = { title: 'Split view' };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

const SHOWN = 5; // tweets a pane begins with

/** `/split?author=…&follower=…`: the URL says who acts in each pane. Both must be signed in. */
export default async function SplitPage({ searchParams }: Props) {
  const { author, follower } = await searchParams;
  const [{ accounts }, pair] = await Promise.all([readWhoIsThere(), findPair(author, follower)]);
  return (
    <div className="mx-auto w-full max-w-6xl space-y-5 px-4 py-6">
      <header>
        <h1 className="text-2xl font-semibold tracking-tight">Split view</h1>
        <p className="mt-1 text-muted">
          One person posts, and another person’s screen shows it: both ends of the fan-out at once.
        </p>
      </header>
      <SplitChoice
        accounts={accounts}
        author={one(author)}
        follower={one(follower)}
        signedIn={pair !== null}
      />
      {pair ? <SplitView key={`${pair.author.handle} ${pair.follower.handle}`} {...pair} /> : <Outline />}
    </div>
  );
}

/** Shows what will stand here, before anybody is chosen. */
function Outline() {
  return (
    <p className="rounded-xl border border-dashed px-6 py-16 text-center text-muted">
      The author stands on the left, the follower on the right, the queue between them.
      <br />
      Both are demo accounts: one click signs both in, and there is no password.
    </p>
  );
}

/** Both accounts as this session holds them, with what their panes show first; null when one is not signed in. */
async function findPair(authorHandle: unknown, followerHandle: unknown) {
  const { accounts } = await readSession();
  const author = accounts.find(({ handle }) => handle === authorHandle);
  const follower = accounts.find(({ handle }) => handle === followerHandle);
  if (!author || !follower || author.id === follower.id) return null;
  const { reads } = web();
  const [own, home, user] = await Promise.all([
    reads.tweetsBy(author.handle, { limit: SHOWN }),
    reads.home(follower.id, { limit: SHOWN }),
    reads.user(author.handle, follower.id),
  ]);
  return {
    author,
    follower,
    own: own?.tweets ?? [],
    home,
    follows: user?.followedByMe ?? false,
  };
}

const one = (value: string | string[] | undefined): string | null =>
  typeof value === 'string' ? value : null;
