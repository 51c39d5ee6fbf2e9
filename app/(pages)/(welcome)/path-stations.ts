import type { DeliveryView, StatusView } from '#api/contract.ts';

type StationName = 'You' | 'Web' | 'Postgres' | 'Queue' | 'Workers';

export type Station = {
  name: StationName;
  /** What it does for a tweet. */
  does: string;
  /** Its state, in a word or two. */
  word: string;
  away: boolean;
  /** Whether the tweet has passed here. */
  reached: boolean;
};

/** The stations on a tweet's path: the state of each by the last sample, and whether the newest tweet has passed it. */
export function stations(status: StatusView | null, delivery: DeliveryView | null): Station[] {
  const server = (state: 'ok' | 'away' | undefined) => ({ word: state ?? '…', away: state === 'away' });
  const workers = status?.workers ?? null;
  return [
    {
      name: 'You',
      does: 'press Post',
      word: delivery ? 'posted' : 'ready',
      away: false,
      reached: !!delivery,
    },
    { name: 'Web', does: 'answers 202', word: status ? 'ok' : '…', away: false, reached: !!delivery },
    { name: 'Postgres', does: 'keeps the promise', ...server(status?.postgres), reached: !!delivery },
    { name: 'Queue', does: 'hands it out', ...server(status?.queue), reached: isSet(delivery?.publishedAt) },
    {
      name: 'Workers',
      does: 'deliver chunks',
      word: workers === null ? '…' : `${workers} running`,
      away: workers === 0,
      reached: isSet(delivery?.startedAt),
    },
  ];
}

const isSet = (at: string | null | undefined) => typeof at === 'string';
