import { parseHTML } from 'linkedom';
import { act, type Context, createContext, useContext } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, expect, test, vi } from 'vitest';
import { hydratedContext, useHydratedContext } from './hydrated-context.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Renders on a server that gives the context one value, hydrates in a page that gives it another, and says what is wrong. */
async function hydrate<T>(context: Context<T>, [there, here]: [T, T], Shown: () => string) {
  const provided = (value: T) => (
    <context.Provider value={value}>
      <p>
        <Shown />
      </p>
    </context.Provider>
  );
  const { document, window } = parseHTML(`<main>${renderToString(provided(there))}</main>`);
  vi.stubGlobal('window', window);
  vi.stubGlobal('document', document);
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  const main = document.querySelector('main') ?? expect.unreachable();
  const errors: unknown[] = [];
  const onRecoverableError = (error: unknown) => errors.push(error);
  const root = await act(async () => hydrateRoot(main, provided(here), { onRecoverableError }));
  expect(main.textContent).toBe('news');
  await act(async () => root.unmount());
  return errors;
}

test('a part that is hydrated after the value has changed begins with the first one, and then shows the present one', async () => {
  const context = hydratedContext('');
  const first = { first: 'old', present: 'old' };
  const errors = await hydrate(context, [first, { first: 'old', present: 'news' }], () =>
    useHydratedContext(context),
  );
  expect(errors).toEqual([]);
});

test('React throws the HTML of that part away when the context gives the present value', async () => {
  const plain = createContext('');
  const errors = await hydrate(plain, ['old', 'news'], () => useContext(plain));
  expect(errors).toHaveLength(1);
});
