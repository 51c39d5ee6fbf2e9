import type { AccountView, ConsentView } from '#api/contract.ts';
import { Portrait } from '#app/ui/portrait.tsx';
import { scopeWords } from '#app/ui/scope-words.ts';

type Props = Extract<ConsentView, { kind: 'ask' }> & { accounts: AccountView[]; acting: AccountView };

/** The question, as a form of the browser's own: it works before any script has come. */
export function Consent({ app, scopes, sendsTo, fields, accounts, acting }: Props) {
  return (
    <form method="post" action="/oauth/authorize" className="mx-auto max-w-xl space-y-6 px-4 py-8">
      <header>
        <h1 className="break-words font-semibold text-2xl tracking-tight">
          Connect <bdi>{app.name}</bdi>?
        </h1>
        <p className="mt-1 break-words text-muted">
          {app.website && (
            <>
              It says that it is at <bdi>{app.website}</bdi>.{' '}
            </>
          )}
          Nobody has checked what it says of itself. {whereTo(sendsTo)}
        </p>
      </header>
      <section aria-labelledby="may">
        <h2 id="may" className="font-semibold">
          It could
        </h2>
        <ul className="mt-2 list-disc space-y-1 pl-5">
          {scopeWords(scopes).map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      </section>
      <WhoseName accounts={accounts} acting={acting} />
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <div className="flex flex-wrap gap-3">
        <button type="submit" name="decision" value="allow" className="button button-primary">
          Allow
        </button>
        <button type="submit" name="decision" value="deny" className="button">
          Deny
        </button>
      </div>
      <p className="text-muted text-sm">
        It may do so until you disconnect it on the page <em>Clients</em>.
      </p>
    </form>
  );
}

const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob';

function whereTo(sendsTo: string) {
  if (sendsTo === OUT_OF_BAND) return 'You will get a code to type into it.';
  return (
    <>
      You will be sent to <bdi className="font-medium text-ink">{sendsTo}</bdi>.
    </>
  );
}

function WhoseName({ accounts, acting }: { accounts: AccountView[]; acting: AccountView }) {
  return (
    <fieldset key={acting.handle}>
      <legend className="font-semibold">In whose name</legend>
      <div className="mt-2 grid gap-2 sm:grid-cols-2">
        {accounts.map(({ handle, name }) => (
          <label
            key={handle}
            className="flex min-w-0 items-center gap-3 rounded-xl border bg-surface p-3 has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name="account"
              value={handle}
              defaultChecked={handle === acting.handle}
              className="size-4 shrink-0 accent-accent"
            />
            <Portrait handle={handle} size={36} />
            <span className="min-w-0 text-sm">
              <span className="block truncate font-medium" dir="auto">
                {name}
              </span>
              <span className="block truncate text-muted">@{handle}</span>
            </span>
          </label>
        ))}
      </div>
      <p className="mt-2 text-muted text-sm">
        Another account: choose it above first, or press <kbd className="key">a</kbd>.
      </p>
    </fieldset>
  );
}
