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

const ALWAYS = { ...SECURITY_HEADERS, 'Content-Security-Policy': DATA_POLICY };

/**
 * An answer that carries the security headers, and the policy of what is no page unless it has another. They join the
 * others when the head is written: set one by one before that they would cost an empty answer a fifth of its requests.
 */
export class SecuredResponse extends ServerResponse {
  override writeHead(status: number, reason?: string, headers?: Headers): this;
  override writeHead(status: number, headers?: Headers): this;
  override writeHead(status: number, first?: string | Headers, second?: Headers): this {
    const [reason, headers = {}] = typeof first === 'string' ? [first, second] : [undefined, first];
    const secured = this.#secure(headers);
    return reason === undefined ? super.writeHead(status, secured) : super.writeHead(status, reason, secured);
  }

  #secure(headers: Headers): Headers {
    if (!Array.isArray(headers) && this.getHeaderNames().length === 0)
      return 'content-security-policy' in headers
        ? { ...SECURITY_HEADERS, ...headers }
        : { ...ALWAYS, ...headers };
    for (const [name, value] of Object.entries(ALWAYS))
      if (!this.hasHeader(name)) this.setHeader(name, value);
    return headers;
  }
}

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];
