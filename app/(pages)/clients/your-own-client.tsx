import { firstLines } from './first-lines.ts';

/** How to begin with a client that somebody else wrote: three lines to type. */
export function YourOwnClient({ origin }: { origin: string }) {
  return (
    <section aria-labelledby="own-client" className="card p-4 sm:p-5">
      <h2 id="own-client" className="font-semibold">
        Use your own client
      </h2>
      <p className="mt-1 max-w-2xl text-muted text-sm">
        Give the app this address: <span className="font-mono text-ink">{origin}</span>. The first line shows
        a link to a page of this server. Choose there who posts, press <em>Allow</em>, and type the code into
        the app.
      </p>
      <div className="mt-4 grid gap-4">
        {firstLines(origin).map(({ client, install, lines }) => (
          <figure key={client} className="min-w-0">
            <figcaption className="text-sm">
              <span className="font-medium">{client}</span> <span className="text-muted">({install})</span>
            </figcaption>
            <pre className="mt-1 whitespace-pre-wrap break-words rounded-lg bg-canvas p-3 font-mono text-xs leading-relaxed">
              {lines.map((line) => (
                <code key={line} className="-indent-4 block pl-4">{`${line}\n`}</code>
              ))}
            </pre>
          </figure>
        ))}
      </div>
    </section>
  );
}
