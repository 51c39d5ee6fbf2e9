'use client';

import { useState } from 'react';
import type { ConnectedAppView } from '#api/contract.ts';
import { as } from '#app/browser/api.ts';
import { done, openApi, problemText } from '#app/browser/http.ts';
import { scopeWords } from '#app/ui/scope-words.ts';
import { LocalTime, TimeAgo } from '#app/ui/time.tsx';

const disconnect = (id: number, account: string): Promise<void> =>
  done(openApi().api.clients[':id'].$delete({ param: { id: String(id) } }, as(account)));

/** The apps that may act for the account, each with a way to end that. */
export function ConnectedApps({ account, initial }: { account: string; initial: ConnectedAppView[] }) {
  const [apps, setApps] = useState(initial);
  const [news, setNews] = useState('');
  const [problem, setProblem] = useState('');
  const end = ({ id, name }: ConnectedAppView) =>
    disconnect(id, account).then(
      () => {
        setApps((before) => before.filter((app) => app.id !== id));
        setNews(`${name} is disconnected`);
        setProblem('');
      },
      (error: unknown) => setProblem(problemText(error)),
    );
  return (
    <section aria-labelledby="connected" className="card p-4 sm:p-5">
      <h2 id="connected" className="mb-3 font-semibold">
        Connected apps <span className="font-normal text-muted text-sm">of @{account}</span>
      </h2>
      {apps.length === 0 && (
        <p className="text-muted text-sm">None. An app appears here once you have let it in.</p>
      )}
      <ul className="divide-y">
        {apps.map((app) => (
          <Connected key={app.id} app={app} end={() => end(app)} />
        ))}
      </ul>
      <p role="alert" className="text-bad text-sm">
        {problem}
      </p>
      <p role="status" className="sr-only">
        {news}
      </p>
    </section>
  );
}

function Connected({ app, end }: { app: ConnectedAppView; end(): void }) {
  return (
    <li className="grid gap-2 py-3 sm:grid-cols-[minmax(0,1fr)_auto] sm:items-start sm:gap-x-4">
      <div className="min-w-0 text-sm">
        <p className="break-words font-medium">
          <bdi>{app.name}</bdi>
        </p>
        <p className="mt-1 text-muted">It may {scopeWords(app.scopes).join('; ')}.</p>
        <p className="mt-1 text-muted text-xs">
          connected <LocalTime at={app.connectedAt} /> · used <TimeAgo at={app.usedAt} />
          {app.tokens > 1 && ` · signed in ${app.tokens} times`}
        </p>
      </div>
      <button type="button" onClick={end} className="button justify-self-start">
        Disconnect<span className="sr-only"> {app.name}</span>
      </button>
    </li>
  );
}
