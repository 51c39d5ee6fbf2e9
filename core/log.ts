import { inspect } from 'node:util';
import { traceIdOf } from '#core/tracing/traceparent.ts';

/** What a line is about, for programs that read it. */
export type Ids = {
  tweetId?: number | undefined;
  tweetIds?: readonly number[];
  authorId?: number;
  chunk?: number;
  chunks?: number;
  queue?: string;
  /** Of a trace that is kept, or of a call whatever becomes of its trace. */
  traceId?: string | null | undefined;
  ageMs?: number;
  expected?: number;
  reason?: string;
};

export type Say = (line: string, ids?: Ids) => void;

export type Log = {
  info: Say;
  warn: Say;
  error: Say;
  /** What became of a tweet, and its trace. Only programs are told: a terminal would be flooded. */
  event?(what: string, traceparent: string | null | undefined, ids: Ids): void;
};

/** Lines for people, as they always were. The ids stand in the text. */
export const textLog: Log = {
  info: (line) => console.log(line),
  warn: (line) => console.warn(line),
  error: (line) => console.error(line),
};

/**
 * The log of a process. In JSON each event is one line with its ids, and so is whatever else says something to the console,
 * such as a library: nobody has to parse two kinds of lines. Loads pino only then.
 */
export async function openLog({ LOG_FORMAT }: { LOG_FORMAT: 'text' | 'json' }, name: string): Promise<Log> {
  if (LOG_FORMAT === 'text') return textLog;
  const { pino, stdTimeFunctions } = await import('pino');
  const lines = pino({
    base: { process: name, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  });
  const say =
    (level: 'info' | 'warn' | 'error') =>
    (line: string, ids: Ids = {}) =>
      lines[level](ids, line);
  const log: Log = {
    ...{ info: say('info'), warn: say('warn'), error: say('error') },
    event: (
      what,
      traceparent,
      { tweetId, tweetIds, authorId, chunk, chunks, queue, expected, ageMs, reason },
    ) =>
      lines.info(
        {
          tweetId,
          tweetIds,
          authorId,
          chunk,
          chunks,
          queue,
          expected,
          ageMs,
          reason,
          traceId: traceIdOf(traceparent) ?? undefined,
        },
        what,
      ),
  };
  const inOneLine =
    (tell: Say) =>
    (...parts: unknown[]) =>
      tell(parts.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' '));
  Object.assign(console, {
    ...{ log: inOneLine(log.info), info: inOneLine(log.info), debug: inOneLine(log.info) },
    ...{ warn: inOneLine(log.warn), error: inOneLine(log.error) },
  });
  return log;
}
