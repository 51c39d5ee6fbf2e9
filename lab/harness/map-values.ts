/** The same keys with other values. */
export function mapValues<K extends string, A, B>(
  record: Record<K, A>,
  map: (value: A, key: K) => B,
): Record<K, B> {
  const entries = Object.entries<A>(record) as [K, A][]; // to entries and back the keys lose their type
  return Object.fromEntries(entries.map(([key, value]) => [key, map(value, key)])) as Record<K, B>;
}
