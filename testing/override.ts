/** The same object with these methods in place of its own. */
export function override<T extends object>(target: T, methods: Partial<Record<keyof T, unknown>>): T {
  return new Proxy(target, {
    get: (_, name) => {
      const own: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name);
      return typeof own === 'function' && !Object.hasOwn(methods, name) ? own.bind(target) : own;
    },
  });
}
