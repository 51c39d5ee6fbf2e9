'use client';

import { useRef, useState } from 'react';
import type { AccountView } from '#api/contract.ts';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { Composer } from '#app/ui/composer.tsx';
import { DeliveryLine } from '#app/ui/delivery-line.tsx';
import { OwnFooter } from '#app/ui/own-footer.tsx';

/** Posts as Home does. Below it stands the newest tweet of this browser with its state. */
export function PostWidget({ account }: { account: AccountView }) {
  const textarea = useRef<HTMLTextAreaElement>(null);
  const [given, setGiven] = useState({ serial: 0, text: '' });
  const { post, drop } = useOutbox();
  const entry = useNewest(account);
  const edit = ({ key, text }: Entry) => {
    drop(key);
    setGiven(({ serial }) => ({ serial: serial + 1, text }));
    textarea.current?.focus();
  };
  return (
    <div className="rounded-lg border">
      <Composer
        {...{ account, textarea, given }}
        post={(text) => {
          post(account.handle, text);
          textarea.current?.focus();
        }}
      />
      <div className="min-h-12 px-4 py-2 md:px-6">
        {entry && (
          <>
            <p dir="auto" className="truncate text-sm">
              {entry.text}
            </p>
            <OwnFooter entry={entry} edit={edit} />
          </>
        )}
      </div>
    </div>
  );
}

/** How far the newest tweet of this browser is. */
export function DeliveryWidget({ account }: { account: AccountView }) {
  const { deliveries } = useOutbox();
  const entry = useNewest(account);
  const delivery = entry?.state.name === 'accepted' ? deliveries.get(entry.state.tweet.id) : undefined;
  return (
    <div className="min-h-12 rounded-lg border px-4 py-2">
      {delivery ? (
        <>
          <p dir="auto" className="truncate text-sm">
            {entry?.text}
          </p>
          <DeliveryLine delivery={delivery} />
        </>
      ) : (
        <p className="py-1 text-muted text-sm">Your next tweet is shown here on its way. Post one above.</p>
      )}
    </div>
  );
}

const useNewest = ({ handle }: AccountView): Entry | undefined =>
  useOutbox().entries.find((entry) => entry.account === handle);
