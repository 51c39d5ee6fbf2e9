import type { z } from 'zod';

/** One call of the HTTP interface. Schemas are the ones that validate; problems are kinds of app/server/problem.ts. */
export type Operation = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  summary: string;
  /** The account that acts: a session that holds it, and `X-Account` to choose among several. */
  acts?: boolean;
  headers?: Record<string, z.ZodType>;
  query?: z.ZodObject;
  body?: z.ZodType;
  answer: {
    status: number;
    description: string;
    type?: 'text/event-stream' | 'text/plain' | 'application/zip';
  };
  problems: number[];
};

/** An answer `200`. */
export const ok = (description: string) => ({ status: 200, description });

/** The answer of what may be asked for again. */
export const done = { status: 204, description: 'Done, also when it was so already' };
