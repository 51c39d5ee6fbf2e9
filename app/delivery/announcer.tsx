'use client';

import { useEffect, useState } from 'react';
import type { AuditView, DeliveryView } from '#api/contract.ts';
import { announce, silent } from './announce.ts';
import { verdict } from './identity.ts';

/** The page's one live region: rare, and silent about what was over before. */
export function Announcer({ delivery, audit }: { delivery: DeliveryView; audit: AuditView | null }) {
  const [last, setLast] = useState(() => silent(delivery));
  useEffect(() => setLast((before) => announce(before, delivery)), [delivery]);
  return (
    <p role="status" className="sr-only">
      {last.text} {audit && verdict(audit)}
    </p>
  );
}
