import { ArrowLeftIcon } from '@radix-ui/react-icons';
import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { z } from 'zod';
import type { TweetView } from '#api/contract.ts';
import { Portrait } from '#app/ui/portrait.tsx';
import { Via } from '#app/ui/via.tsx';
import { web } from '#app/web.ts';
import { DeliveryView } from './delivery-view.tsx';

type Props = { params: Promise<{ id: string }> };

const tweetId = z.coerce.number().int().positive();

/** Loads the delivery once for each request, for the title and the page. */
const load = cache(async (segment: string) => {
  const id = tweetId.safeParse(segment);
  return id.success ? web().reads.delivery(id.data) : null;
});

/** `/t/{id}/delivery`: how one tweet reached every follower, live. */
export default async function DeliveryPage({ params }: Props) {
  const page = await load((await params).id);
  if (!page) notFound();
  if (page === 'not kept') return <NotKept days={web().config.FAN_OUT_DAYS} />;
  return (
    <div className="mx-auto w-full max-w-5xl space-y-6 px-4 py-6">
      <Link href="/home" className="link inline-flex items-center gap-1.5 text-sm">
        <ArrowLeftIcon aria-hidden className="size-4" /> Home
      </Link>
      <TweetOnTop tweet={page.tweet} />
      <DeliveryView key={page.tweet.id} page={page} />
    </div>
  );
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const page = await load((await params).id).catch(() => null);
  return {
    title: page && page !== 'not kept' ? `Delivery of @${page.tweet.author.handle}’s tweet` : 'Delivery',
  };
}

/** Says that the tweet is there and its delivery is no longer kept. */
function NotKept({ days }: { days: number }) {
  return (
    <div className="mx-auto max-w-xl px-6 py-20">
      <h1 className="font-semibold text-2xl tracking-tight">This delivery is no longer kept</h1>
      <p className="mt-2 text-muted">
        It ended more than {days} days ago, or the tweet was there from the beginning. The tweet itself stays,
        in the timelines of all who follow its author.
      </p>
      <p className="mt-6">
        <Link href="/home" className="button">
          To Home
        </Link>
      </p>
    </div>
  );
}

/** The tweet that the page is about, with its author. `dir="auto"` because it may be written right to left. */
function TweetOnTop({ tweet }: { tweet: TweetView }) {
  const { author, text, createdAt, app } = tweet;
  return (
    <article className="flex gap-3">
      <Portrait handle={author.handle} size={44} />
      <div className="min-w-0">
        <p className="text-sm">
          <strong className="font-semibold">{author.name}</strong>{' '}
          <span className="text-muted">
            @{author.handle} ·{' '}
            <time dateTime={createdAt}>{createdAt.slice(0, 19).replace('T', ' ')} UTC</time>
          </span>
        </p>
        <p dir="auto" className="mt-0.5 text-lg leading-snug break-words whitespace-pre-wrap">
          {text}
        </p>
        {app && <Via app={app.name} />}
      </div>
    </article>
  );
}
