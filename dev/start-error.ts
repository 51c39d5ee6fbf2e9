import { ConfigError } from '#core/config.ts';

/** A step of the start failed for a reason that the reader can remove: `advice` says how. */
export class StartError extends Error {
  override name = 'StartError';
  constructor(
    message: string,
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What to print about a failure: message and advice, or the stack of an unexpected one. */
export function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof StartError) return `${error.message}\n${error.advice}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
