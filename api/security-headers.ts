import { randomBytes } from 'node:crypto';

/** On every answer, whoever gives it. */
export const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const;

/** What is no page loads nothing and stands in no frame. */
export const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

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
