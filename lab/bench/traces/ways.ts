import { z } from 'zod';

/** The share of requests with which each way begins a trace; null is without tracing. The second one without it shows the noise. */
export const SHARES = { off: null, off_again: null, one_percent: 0.01, all: 1 };

export type Way = keyof typeof SHARES;
export const WAYS = Object.keys(SHARES) as Way[];

/** What the process says when it is ready: the address of each way. */
export const ways = z.object({ off: z.url(), off_again: z.url(), one_percent: z.url(), all: z.url() });
