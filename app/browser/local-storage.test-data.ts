import { vi } from 'vitest';

type Items = Record<string, string>;

/** For tests: an empty localStorage, which Node does not have. Its items are its own properties, as a browser's are. */
export function emptyLocalStorage(): Items {
  const storage: Items = Object.create({
    getItem(this: Items, name: string) {
      return Object.hasOwn(this, name) ? this[name] : null;
    },
    setItem(this: Items, name: string, value: string) {
      this[name] = value;
    },
    removeItem(this: Items, name: string) {
      delete this[name];
    },
  });
  vi.stubGlobal('localStorage', storage);
  return storage;
}
