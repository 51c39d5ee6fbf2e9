'use client';

import { useEffect, useState } from 'react';
import type { DeliveryPage } from '#api/contract.ts';
import { useHealth } from '#app/browser/live/health.tsx';
import { type ClientTimes, readClientTimes } from '#app/browser/outbox/client-times.ts';
import { DeliveryAnnouncement } from '#app/ui/delivery-announcer.tsx';
import { counted } from '#app/ui/figures.ts';
import { useAudit, verdict } from './audit.ts';
import { AuditPanel } from './audit-panel.tsx';
import { FailedChunks } from './failed-chunks.tsx';
import { HeadlineFigures } from './headline.tsx';
import { useLiveDelivery } from './live-delivery.ts';
import { Mosaic } from './mosaic.tsx';
import { RateLine } from './rate-line.tsx';
import { situation } from './situation.ts';
import { waterfall } from './waterfall.ts';
import { WaterfallChart } from './waterfall-chart.tsx';

const AUDIT_BY_ITSELF = 10_000; // timelines; they are read back within a few ms, so nobody has to ask

/** One tweet's delivery as it happens: figures, mosaic, waterfall, rate and audit. */
export function DeliveryView({ page }: { page: DeliveryPage }) {
  const { delivery, chunks, letters } = useLiveDelivery(page);
  const { status } = useHealth();
  const hasFollowers = delivery.expected > 0;
  const isPulled = delivery.pulled > 0;
  const hasChunks = hasFollowers && !isPulled && !areForgotten(delivery, chunks.length);
  const isSmall = (hasChunks || isPulled) && delivery.expected <= AUDIT_BY_ITSELF;
  const audit = useAudit(page.tweet.id, isSmall && delivery.state === 'delivered');
  const clientTimes = useClientTimes(page.tweet.id);
  return (
    <>
      <HeadlineFigures delivery={delivery} audit={audit.result} situation={situation(delivery, status)} />
      <p role="status" className="sr-only">
        <DeliveryAnnouncement delivery={delivery} /> {audit.result && verdict(audit.result)}
      </p>
      {hasChunks && <Mosaic delivery={delivery} chunks={chunks} letters={letters} />}
      {isPulled && <Pulled followers={delivery.pulled} />}
      {hasFollowers && !isPulled && !hasChunks && <Forgotten chunks={delivery.chunks} />}
      <FailedChunks chunks={chunks} tweet={page.tweet} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <WaterfallChart waterfall={waterfall(delivery, clientTimes)} />
        {(hasChunks || isPulled) && (
          <div className="grid gap-4">
            <AuditPanel audit={audit} delivery={delivery} />
            {hasChunks && <RateLine chunks={chunks} delivery={delivery} />}
          </div>
        )}
      </div>
      {delivery.traceId && <Trace id={delivery.traceId} />}
    </>
  );
}

/** What to look for among the traces of an operator. */
function Trace({ id }: { id: string }) {
  return (
    <p className="text-sm text-muted">
      Trace <code className="break-all">{id}</code>, from the key press to the last chunk.
    </p>
  );
}

/** Whether the chunks are no longer kept. Some time after a delivery all of them go; counts and times stay longer. */
const areForgotten = ({ state, chunks }: DeliveryPage['delivery'], kept: number): boolean =>
  kept === 0 && chunks > 0 && (state === 'delivered' || state === 'cancelled');

/** In place of the mosaic: there are no chunks. */
function Pulled({ followers }: { followers: number }) {
  return (
    <section aria-labelledby="pulled" className="card p-4 sm:p-5">
      <h2 id="pulled" className="font-semibold">
        Pulled <span className="font-normal text-muted">no chunks</span>
      </h2>
      <p className="mt-2 text-sm text-muted">
        Pushing this tweet would have written an entry for each of {counted(followers, 'follower')}. It was
        not pushed: it stays in the author’s list, and is read from there when a follower opens home. So there
        are no chunks, no mosaic and no rate, and nothing waited in the queue.
      </p>
    </section>
  );
}

function Forgotten({ chunks }: { chunks: number }) {
  return (
    <section aria-labelledby="forgotten" className="card p-4 sm:p-5">
      <h2 id="forgotten" className="font-semibold">
        Chunks <span className="font-normal text-muted">no longer kept</span>
      </h2>
      <p className="mt-2 text-sm text-muted">
        This delivery ended so long ago that the ledger has forgotten its {counted(chunks, 'chunk')}. Without
        them there is no mosaic, no rate, and nothing to compare an audit with. The counts and times above and
        below are those of then.
      </p>
    </section>
  );
}

/** What this browser saw of the tweet; null on the server, and for a tweet that this browser did not post. */
function useClientTimes(tweetId: number): ClientTimes | null {
  const [times, setTimes] = useState<ClientTimes | null>(null);
  useEffect(() => setTimes(readClientTimes(tweetId)), [tweetId]);
  return times;
}
