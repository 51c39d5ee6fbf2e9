/** `traceparent` of the W3C: version, trace, parent and flags. https://www.w3.org/TR/trace-context/ */
export type Traceparent = { traceId: string; spanId: string };

const FORM = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/;

/** What a header says; null when it is missing or is none. Its flags are not ours: whoever writes it may want anything. */
export function readTraceparent(text: string | undefined): Traceparent | null {
  const [, traceId, spanId] = FORM.exec(text ?? '') ?? [];
  return traceId !== undefined && spanId !== undefined ? { traceId, spanId } : null;
}

/** As it is written into the ledger and into messages: only of traces that are kept. */
export const traceparentOf = ({ traceId, spanId }: Traceparent): string => `00-${traceId}-${spanId}-01`;

/** The id of a trace that is kept; null for none. */
export const traceIdOf = (traceparent: string | null | undefined): string | null =>
  traceparent?.split('-')[1] ?? null;

/** A trace that begins with a key press: all tries of a tweet have the same one, made of its key, which is a UUID. */
export function traceOfKey(key: string): string {
  const id = key.replaceAll('-', '');
  return `00-${id}-${id.slice(-16)}-00`;
}
