import { withoutPassword } from './without-password.ts';

/** The settings of an SQS client that an error message may show: none is secret. */
export type Found = {
  region: string;
  endpoint?: string | undefined;
  /** The key that calls are signed with; null when the SDK found none. */
  accessKeyId: string | null;
};

/** What went wrong, which variable it concerns, and what to do where that is known. */
export function explain(cause: unknown, found: Found): string {
  const { name, message } = cause instanceof Error ? cause : { name: '', message: String(cause) };
  const known = MISTAKES.find(({ names }) => names.test(name));
  if (known) return `Amazon SQS: ${known.says(found)}. ${message}`;
  if (found.accessKeyId === null) return `Amazon SQS: ${noKey(found)}. ${message || name}`;
  return `Amazon SQS (SQS_ENDPOINT, AWS_REGION): ${message || name}`;
}

/** One mistake has several names: they differ by protocol, service and server. */
const MISTAKES: { names: RegExp; says: (found: Found) => string }[] = [
  {
    names: /Queue(Name|Already)Exists$/,
    says: () => 'a queue exists with other attributes. Delete it or change SQS_QUEUE_PREFIX',
  },
  { names: /CredentialsProviderError|TokenProviderError|MissingAuthenticationToken/, says: noKey },
  {
    names: /InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId/,
    says: (found) =>
      `AWS_ACCESS_KEY_ID: expected an active key of ${place(found)}, got ${key(found)}, which is not known there. Make a new one, or correct AWS_REGION and AWS_SESSION_TOKEN`,
  },
  {
    names: /SignatureDoesNotMatch|InvalidSignature|IncompleteSignature/,
    says: (found) =>
      `AWS_SECRET_ACCESS_KEY: expected the secret of ${key(found)}, got another one. Copy it again, and see that this machine’s clock is right`,
  },
  {
    names: /ExpiredToken|RequestExpired|TokenRefreshRequired/,
    says: (found) =>
      `AWS_SESSION_TOKEN: expected one that is valid, got one that has expired, of ${key(found)}. Sign in again for new credentials`,
  },
  {
    names: /AccessDenied|NotAuthorized|OptInRequired/,
    says: (found) =>
      `AWS_ACCESS_KEY_ID: expected a key that may use SQS in ${place(found)}, ${key(found)} may not. Allow it sqs:* on the queues that SQS_QUEUE_PREFIX begins`,
  },
];

function noKey(found: Found): string {
  return `AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: expected credentials for ${place(found)}, found none. Set both, or AWS_PROFILE`;
}

const place = ({ region, endpoint }: Found) => (endpoint ? withoutPassword(endpoint) : region);

/** Enough to tell one key from another. */
function key({ accessKeyId }: Found): string {
  if (accessKeyId === null) return 'no key';
  return accessKeyId.length > 8 ? `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}` : accessKeyId;
}
