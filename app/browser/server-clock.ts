/** What the server's clock said, and both clocks of this browser when it was heard, all in ms. */
type Heard = { said: number; wall: number; steady: number };

let heard: Heard | null = null;

/** Notes the time that an answer of the server carries. */
export function noteServerTime({ headers }: Pick<Response, 'headers'>): void {
  const said = Date.parse(headers.get('date') ?? '');
  if (Number.isFinite(said)) heard = { said, wall: Date.now(), steady: performance.now() };
}

/**
 * The server's clock now, in ms since 1970; null before its first answer. A browser has two clocks. One may be set, and
 * the other stands still while the computer sleeps. The one that went further counts, so that nothing seems younger
 * than it is.
 */
export function serverNow(): number | null {
  if (!heard) return null;
  return heard.said + Math.max(Date.now() - heard.wall, performance.now() - heard.steady);
}
