import { randomBytes } from 'node:crypto';
import { type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** Every answer carries these, from Hono, Next or Node. */
export const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const;

/** An answer that is no page loads nothing and may be in no frame. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

const BASE = ["default-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'"];
const OWN_FORMS = "form-action 'self'";

/** `leadsAway`: the page has a form whose answer sends the browser to an app, at an address that the app has named. */
type PageKind = { isDevelopment: boolean; leadsAway: boolean };

/**
 * The policy of a page, whose scripts carry this nonce. Styles may be inline, such as the length of a bar. Next's
 * development server needs `eval` for hot reload. Browsers hold a form's rule against the redirect behind it as well.
 */
export function pagePolicy(nonce: string, { isDevelopment, leadsAway }: PageKind): string {
  const scripts = `script-src 'self' 'nonce-${nonce}'${isDevelopment ? " 'unsafe-eval'" : ''}`;
  const rules = [...BASE, scripts, "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:"];
  return (leadsAway ? rules : [...rules, OWN_FORMS]).join('; ');
}

/** The policy of the reference page: its scripts are our own files and those of its renderer. */
export const DOCS_POLICY = [
  ...BASE,
  OWN_FORMS,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
].join('; ');

/** A nonce that nobody can guess, new for each page. */
export const newNonce = (): string => randomBytes(16).toString('base64');

const ALWAYS = Object.entries(SECURITY_HEADERS).flat();
const POLICY = ['Content-Security-Policy', DATA_POLICY] as const;
const NOT_STORED = ['Cache-Control', 'no-store'] as const;

/**
 * A response that adds the security headers, and the policy for data unless it has one of its own. It adds them as a list of
 * names and values when the head is written. Setting them one by one before that costs an empty route a fifth of its
 * requests a second, and merging two objects a twentieth.
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
