import type { LaneName } from '#core/lab/race.ts';

/** What a lane is called, what it does, and which line stands for it in a chart. */
type LaneWords = { name: LaneName; title: string; does: string; stroke: string; dash: string | undefined };

/** The lanes, in the order in which they are shown. */
export const LANE_WORDS: LaneWords[] = [
  {
    name: 'request',
    title: 'In the request',
    does: 'The request pushes to one follower after another, and answers when all have it.',
    stroke: 'stroke-bad',
    dash: undefined,
  },
  {
    name: 'job',
    title: 'One job',
    does: 'The request hands one message over. One worker does all of it.',
    stroke: 'stroke-warn',
    dash: '7 4',
  },
  {
    name: 'chunked',
    title: 'Chunked',
    does: 'What this system does: many small messages, for all workers, and a ledger that knows what is done.',
    stroke: 'stroke-accent',
    dash: undefined,
  },
  {
    name: 'pulled',
    title: 'Pulled at read',
    does: 'The tweet goes into its author’s list alone. Every reader looks there, at every read.',
    stroke: 'stroke-good',
    dash: '2 3',
  },
];
