import type { Graph } from '#core/suggestions/graph.ts';

/** Somebody to follow. So many `shared` people follow them, and also somebody whom the account follows. */
export type Suggested = { id: number; score: number; shared: number };

/** So many `readers` follow somebody whom the account follows; 0 when it follows nobody whom others follow. */
export type Suggestions = { suggested: Suggested[]; readers: number };

/**
 * Friends of friends: who else is followed by those who follow whom I follow. Every path
 *
 *     I ──follow──▶ somebody ◀──follow── a reader ──follow──▶ candidate
 *
 * counts 1/log(followers of somebody) · 1/log(followees of the reader): Adamic and Adar's weight for common neighbours,
 * taken at both hubs. To share a taste for the little known says more than to share the celebrity, and one who follows
 * everybody recommends nobody. Who follows nobody gets those with most followers. Each edge is looked at twice.
 */
export function suggest(graph: Graph, accountId: number, limit: number): Suggestions {
  const followees = followeesOf(graph, accountId);
  const affinity = affinities(graph, followees, accountId);
  const readers = affinity.reduce((count, value) => count + Number(value > 0), 0);
  const weights = readers > 0 ? affinity.map(perFollowee(graph)) : null;
  const candidates = [...graph.followers.keys()].filter((id) => id !== accountId && !followees.has(id));
  const scored = candidates.map((id) => ({ id, ...score(graph, id, weights) }));
  const suggested = scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.id - b.id);
  return { suggested: suggested.slice(0, limit), readers };
}

function followeesOf({ followers }: Graph, accountId: number): Set<number> {
  const followees = new Set<number>();
  for (const [id, ids] of followers) if (includes(ids, accountId)) followees.add(id);
  return followees;
}

/** How near everybody is to the account, by the people whom both follow. The index is the id. */
function affinities({ followers, lastId }: Graph, followees: Set<number>, accountId: number): Float64Array {
  const affinity = new Float64Array(lastId + 1);
  for (const id of followees) {
    const ids = followers.get(id) ?? new Int32Array();
    if (ids.length < 2) continue; // the account itself is the only one
    const weight = 1 / Math.log(ids.length);
    for (const reader of ids) affinity[reader] = (affinity[reader] ?? 0) + weight;
  }
  affinity[accountId] = 0;
  return affinity;
}

/** Divides by the logarithm of how many people somebody follows. Who follows only one counts for nothing. */
function perFollowee({ followers, lastId }: Graph): (affinity: number, reader: number) => number {
  const following = new Uint32Array(lastId + 1);
  for (const ids of followers.values()) for (const id of ids) following[id] = (following[id] ?? 0) + 1;
  return (affinity, reader) => {
    const count = following[reader] ?? 0;
    return count < 2 ? 0 : affinity / Math.log(count);
  };
}

function score({ followers }: Graph, id: number, weights: Float64Array | null): Omit<Suggested, 'id'> {
  const ids = followers.get(id) ?? new Int32Array();
  if (!weights) return { score: ids.length, shared: 0 };
  let [sum, shared] = [0, 0];
  for (const reader of ids) {
    const weight = weights[reader] ?? 0;
    sum += weight;
    if (weight > 0) shared++;
  }
  return { score: sum, shared };
}

/** Looks an id up by bisection: the ids ascend. */
function includes(ids: Int32Array, wanted: number): boolean {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return ids[low] === wanted;
}
