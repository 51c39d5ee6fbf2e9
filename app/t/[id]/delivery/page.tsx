import { ArrowLeft } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { z } from 'zod';
import { DeliveryView } from '#app/delivery/delivery-view.tsx';
import { TweetOnTop } from '#app/delivery/tweet-on-top.tsx';
import { web } from '#app/web.ts';

type Props = { params: Promise<{ id: string }> };

const tweetId = z.coerce.number().int().positive();

/** Once a request, for the title and the page. */
const load = cache(async (segment: string) => {
  const id = tweetId.safeParse(segment);
  return id.success ? web().reads.delivery(id.data) : null;
});

/** `/t/{id}/delivery`: how one tweet reached every follower, live. */
export default async function DeliveryPage({ params }: Props) {
  const page = await load((await params).id);
  if (!page) notFound();
  return (
    <div className="mx-auto w-full max-w-5xl space-y-6 px-4 py-6">
      <Link href="/home" className="link inline-flex items-center gap-1.5 text-sm">
        <ArrowLeft aria-hidden size={16} /> Home
      </Link>
      <TweetOnTop tweet={page.tweet} />
      <DeliveryView key={page.tweet.id} page={page} />
    </div>
  );
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const page = await load((await params).id).catch(() => null);
  return { title: page ? `Delivery of @${page.tweet.author.handle}’s tweet` : 'Delivery' };
}
