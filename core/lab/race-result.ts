import { crossover } from '#core/lab/crossover.ts';
import type { Crash, Heat, LaneName, Race } from '#core/lab/race.ts';

/*
 * What a race says, in numbers and in one sentence. There is no schema here, so that a page can make the sentence
 * without loading the library that checks schemas.
 */

type Raced = Pick<Race, 'heats' | 'crashes' | 'stage'>;

type Moment = 'answerMs' | 'lastMs';

/** The heats that every lane has finished. */
const finished = ({ heats }: Pick<Raced, 'heats'>): Heat[] =>
  heats.filter(({ lanes }) => Object.values(lanes).every(({ state }) => state === 'done'));

const curveOf = (heats: Heat[], lane: LaneName, moment: Moment) =>
  heats.map(({ followers, lanes }) => ({ followers, ms: lanes[lane][moment] ?? Number.NaN }));

/**
 * The number of followers from which the author waits at least twice as long inside the request; null when no such
 * number was raced. It must hold at every larger number too: one slow tweet to twelve people is no crossing.
 */
export function whereRequestLoses(race: Pick<Raced, 'heats'>): number | null {
  const heats = finished(race);
  const doubled = curveOf(heats, 'chunked', 'answerMs').map(({ followers, ms }) => ({
    followers,
    ms: 2 * ms,
  }));
  const waits = curveOf(heats, 'request', 'answerMs');
  const lastBelow = waits.findLastIndex(({ ms }, n) => ms < (doubled[n]?.ms ?? Number.NaN));
  const from = Math.max(0, lastBelow);
  return crossover(waits.slice(from), doubled.slice(from));
}

/** The race in one sentence, which also says where the request wins. */
export function sentenceOf(race: Raced): string {
  const heats = finished(race);
  const most = heats.at(-1);
  if (!most) return 'Nothing was raced.';
  return `${placeOf(race)}, ${[wins(heats, whereRequestLoses(race)), loses(most), ...crashed(race.crashes)].join('; ')}.`;
}

/** Where the race ran, as the beginning of a sentence. */
export function placeOf({ stage }: Pick<Race, 'stage'>): string {
  if (!stage) return 'Here and now';
  const workers = stage.workers === 1 ? 'one worker' : `${stage.workers} workers`;
  const away = stage.postgresMs === 0 ? '' : ` and Postgres ${stage.postgresMs} ms away each way`;
  return `On a stage with ${workers}${away}`;
}

function wins(heats: Heat[], from: number | null): string {
  const inside = heats.filter(({ followers, lanes }) => {
    const sooner = (lanes.request.lastMs ?? 0) < (lanes.chunked.lastMs ?? 0);
    return sooner && (from === null || followers < from);
  });
  const last = inside.at(-1);
  if (!last) return 'delivering inside the request wins nowhere';
  const { request, chunked } = last.lanes;
  const until = from === null ? `as far as measured` : `below about ${whole(from)} followers`;
  const sooner = (chunked.lastMs ?? 0) - (request.lastMs ?? 0);
  return `delivering inside the request wins ${until}: with ${whole(last.followers)} its author waits ${time(request.answerMs)} and the last follower has the tweet ${time(sooner)} sooner than through the queue`;
}

const loses = ({ followers, lanes: { request, chunked } }: Heat): string =>
  `with ${whole(followers)} followers its author waits ${time(request.answerMs)}, and through the queue ${time(chunked.answerMs)}`;

function crashed(crashes: Crash[]): string[] {
  const of = (lane: Crash['lane']) => crashes.find((crash) => crash.lane === lane);
  const [request, queue] = [of('request'), of('chunked')];
  if (!request || !queue) return [];
  return [
    `killed half-way it leaves ${whole(request.followers - request.later)} of ${whole(request.followers)} without the tweet for good, and the queue ${whole(queue.followers - queue.later)}`,
  ];
}

const whole = (value: number): string => value.toLocaleString('en');

/** `3.7 ms` or `1.03 s`; a dash for what is not known. */
export function time(ms: number | null): string {
  if (ms === null || Number.isNaN(ms)) return '–';
  const [value, unit] = ms >= 1_000 ? [ms / 1_000, 's'] : [ms, 'ms'];
  const digits = value >= 100 ? 3 : 2;
  return `${Number(value.toPrecision(unit === 's' ? 3 : digits)).toLocaleString('en')} ${unit}`;
}
