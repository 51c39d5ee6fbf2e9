'use client';

import { useEffect, useState } from 'react';
import type { DeliveryPage } from '#api/contract.ts';
import { readClientTimes } from '#app/browser/outbox/client-times.ts';
import { useHealth } from '#app/shell/status-strip.tsx';
import { Announcer } from '#app/ui/delivery-announcer.tsx';
import { useAudit } from './audit.ts';
import { AuditPanel } from './audit-panel.tsx';
import { FailedChunks } from './failed-chunks.tsx';
import { HeadlineFigures } from './headline.tsx';
import { useLiveDelivery } from './live-delivery.ts';
import { Mosaic } from './mosaic.tsx';
import { RateLine } from './rate-line.tsx';
import { situation } from './situation.ts';
import type { ClientTimes } from './waterfall.ts';
import { waterfall } from './waterfall.ts';
import { WaterfallChart } from './waterfall-chart.tsx';

const AUDIT_BY_ITSELF = 10_000; // timelines: read back within a few ms, so nobody needs to ask for it

/** One tweet's delivery as it happens: figures, mosaic, waterfall, rate and audit. */
export function DeliveryView({ page }: { page: DeliveryPage }) {
  const { delivery, chunks, letters } = useLiveDelivery(page);
  const { status } = useHealth();
  const someone = delivery.expected > 0;
  const small = someone && delivery.expected <= AUDIT_BY_ITSELF;
  const audit = useAudit(page.tweet.id, small && delivery.state === 'delivered');
  const clientTimes = useClientTimes(page.tweet.id);
  return (
    <>
      <HeadlineFigures delivery={delivery} audit={audit.result} situation={situation(delivery, status)} />
      <Announcer delivery={delivery} audit={audit.result} />
      {someone && <Mosaic delivery={delivery} chunks={chunks} letters={letters} />}
      <FailedChunks chunks={chunks} tweet={page.tweet} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <WaterfallChart waterfall={waterfall(delivery, clientTimes)} />
        {someone && (
          <div className="grid gap-4">
            <AuditPanel audit={audit} delivery={delivery} />
            <RateLine chunks={chunks} delivery={delivery} />
          </div>
        )}
      </div>
    </>
  );
}

/** When this browser pressed, painted and heard the `202`; null on the server and for a tweet that was posted elsewhere. */
export function useClientTimes(tweetId: number): ClientTimes | null {
  const [times, setTimes] = useState<ClientTimes | null>(null);
  useEffect(() => setTimes(readClientTimes(tweetId)), [tweetId]);
  return times;
}
