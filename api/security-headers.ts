import { randomBytes } from 'node:crypto';
import { type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** On every answer, whoever gives it. */
export const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const;

/** What is no page loads nothing and stands in no frame. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

const BASE = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
];

/**
 * The policy of a page, whose scripts carry this nonce. Styles may stand in the page: a bar's length is one. Next's
 * development server evaluates what it reloads.
 */
export function pagePolicy(nonce: string, { isDevelopment }: { isDevelopment: boolean }): string {
  const scripts = `script-src 'self' 'nonce-${nonce}'${isDevelopment ? " 'unsafe-eval'" : ''}`;
  return [...BASE, scripts, "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:"].join('; ');
}

/** The policy of the reference page, whose scripts are files of ours and its renderer's. */
export const DOCS_POLICY = [...BASE, "style-src 'self' 'unsafe-inline'", "img-src 'self' data:"].join('; ');

/** A nonce that nobody can guess, new for each page. */
export const newNonce = (): string => randomBytes(16).toString('base64');

const ALWAYS = Object.entries(SECURITY_HEADERS).flat();
const POLICY = ['Content-Security-Policy', DATA_POLICY] as const;
const NOT_STORED = ['Cache-Control', 'no-store'] as const;

/**
 * An answer that carries the security headers, and the policy of what is no page unless it has another. They join the
 * others when the head is written, as a list of names and values: set one by one before that they would cost an empty
 * answer a fifth of its requests, as an object that is put together from two a twentieth.
 */
export class SecuredResponse extends ServerResponse {
  #isStored = true;

  /** Nobody may keep this answer, unless its own headers say who may. */
  forbidStoring(): void {
    this.#isStored = false;
  }

  override writeHead(status: number, reason?: string, headers?: Headers): this;
  override writeHead(status: number, headers?: Headers): this;
  override writeHead(status: number, first?: string | Headers, second?: Headers): this {
    const [reason, headers = {}] = typeof first === 'string' ? [first, second] : [undefined, first];
    const secured = this.#secure(headers);
    return reason === undefined ? super.writeHead(status, secured) : super.writeHead(status, reason, secured);
  }

  #secure(headers: Headers): Headers {
    if (!Array.isArray(headers) && this.getHeaderNames().length === 0) return this.#listed(headers);
    const always = [...Object.entries(SECURITY_HEADERS), POLICY, ...(this.#isStored ? [] : [NOT_STORED])];
    for (const [name, value] of always) if (!this.hasHeader(name)) this.setHeader(name, value);
    return headers;
  }

  #listed(headers: OutgoingHttpHeaders): OutgoingHttpHeader[] {
    const list: OutgoingHttpHeader[] = ALWAYS.slice();
    let [hasPolicy, hasRule] = [false, this.#isStored];
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined) continue;
      list.push(name, value);
      const lower = name.toLowerCase();
      if (lower === 'content-security-policy') hasPolicy = true;
      else if (lower === 'cache-control') hasRule = true;
    }
    if (!hasPolicy) list.push(...POLICY);
    if (!hasRule) list.push(...NOT_STORED);
    return list;
  }
}

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];
