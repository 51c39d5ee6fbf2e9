'use client';

import Link from 'next/link';
import { useEffect, useState } from 'react';
import { clientNow } from '#app/browser/outbox/client-times.ts';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { RETRY } from '#app/browser/outbox/retry.ts';
import { DAY, HOUR, SECOND } from '#core/durations.ts';
import { DeliveryLine, FooterLine } from './delivery-line.tsx';
import { counted, duration } from './figures.ts';

type Props = { entry: Entry; edit(entry: Entry): void };

/** The state of a tweet in the outbox, with what its author can do about it. */
export function OwnFooter({ entry, edit }: Props) {
  const { deliveries, tryNow, drop, retry, postAgain } = useOutbox();
  const { state } = entry;
  switch (state.name) {
    case 'sending':
      return <FooterLine>Sending…</FooterLine>;
    case 'accepted': {
      const delivery = deliveries.get(state.tweet.id);
      if (!delivery) return <FooterLine>Accepted in {duration(state.ms)}</FooterLine>;
      return <DeliveryLine delivery={delivery} acceptedMs={state.ms} />;
    }
    case 'full':
      return (
        <FooterLine>
          <span className="text-warn">
            {state.reason} ({state.status}). Trying again in <Countdown to={state.retryAt} />, try{' '}
            {state.nextTry} of {RETRY.tries}
          </span>
          <LinkButton onClick={tryNow}>Try now</LinkButton>
          <LinkButton onClick={() => drop(entry.key)}>Cancel</LinkButton>
        </FooterLine>
      );
    case 'lost':
      return (
        <FooterLine>
          <span className="text-warn">
            No answer. Asking again in <Countdown to={state.retryAt} />, try {state.nextTry}
          </span>
          <LinkButton onClick={tryNow}>Try now</LinkButton>
        </FooterLine>
      );
    case 'offline':
      return (
        <FooterLine>
          <span className="text-warn">Offline. It is sent when you are back</span>
          <LinkButton onClick={() => drop(entry.key)}>Discard</LinkButton>
        </FooterLine>
      );
    case 'rejected':
      return (
        <FooterLine>
          <span role="alert" className="text-bad">
            Not sent: {state.message}
          </span>
          <LinkButton onClick={() => retry(entry)}>Retry</LinkButton>
          <LinkButton onClick={() => edit(entry)}>Edit</LinkButton>
          <LinkButton onClick={() => drop(entry.key)}>Discard</LinkButton>
        </FooterLine>
      );
    case 'old':
      return (
        <FooterLine>
          <span role="alert" className="text-warn">
            This was written {writtenAgo(state.ageMs)} and may have been posted.
          </span>
          <Link href={`/u/${entry.account}`} className="link min-h-6 font-medium">
            Look
          </Link>
          <LinkButton onClick={() => postAgain(entry)}>Post again</LinkButton>
          <LinkButton onClick={() => drop(entry.key)}>Discard</LinkButton>
        </FooterLine>
      );
  }
}

/** How long ago an old tweet was written: about a day or more. The server's clock is read in whole seconds. */
function writtenAgo(ageMs: number | null): string {
  if (ageMs === null) return 'when a clock was wrong';
  return `${counted(Math.max(1, Math.floor((ageMs + HOUR) / DAY)), 'day')} ago`;
}

function LinkButton({ onClick, children }: { onClick(): void; children: string }) {
  return (
    <button type="button" onClick={onClick} className="link min-h-6 font-medium">
      {children}
    </button>
  );
}

function Countdown({ to }: { to: number }) {
  const [left, setLeft] = useState(() => to - clientNow());
  useEffect(() => {
    setLeft(to - clientNow());
    const timer = setInterval(() => setLeft(to - clientNow()), 500);
    return () => clearInterval(timer);
  }, [to]);
  return `${Math.max(0, Math.ceil(left / SECOND))} s`;
}
