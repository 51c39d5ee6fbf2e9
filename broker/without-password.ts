/** A URL as it may be shown: for messages, which are kept and passed on. */
export function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password) shown.password = '***';
  return shown.href;
}
