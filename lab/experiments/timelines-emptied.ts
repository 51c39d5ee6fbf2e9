import { z } from 'zod';
import type { Experiment } from './experiment.ts';
import type { Author, RunStage } from './run-stage.ts';

const page = z.object({
  tweets: z.array(z.object({ id: z.number() })),
  nextCursor: z.string().nullable(),
  source: z.enum(['timeline', 'postgres']),
});

type Read = { missing: number; source: 'timeline' | 'postgres' };

/** Removes every timeline while people read their homes. */
export const timelinesEmptied: Experiment = {
  info: {
    id: 'timelines-emptied',
    title: 'The timelines are emptied under their readers',
    statement: 'Timelines are a cache. What is shown is complete, or it comes from the database.',
    question: 'Every timeline is removed from the store while people read. What do they see?',
    answers: [
      { id: 'empty', text: 'An empty home, or an error.' },
      { id: 'holes', text: 'A home in which tweets are missing.' },
      { id: 'whole', text: 'The same home as before.' },
    ],
    breaks:
      'Empties the store of the timelines. Then all of them are cold, until their owners read or you warm them again.',
    why: 'A timeline exists only if it is complete down to its floor; a missing one is read from Postgres and rebuilt. An emptied store is recognised by its epoch, and nobody trusts it until the ledger’s last deliveries have been pushed again (core/timelines/epoch.ts).',
    decision: 'docs/decisions/006-the-epoch-of-a-timeline-store.md',
    size: { of: 'times that each home is read afterwards', usual: 30, most: 200 },
    takes: 25,
  },
  async run(stage) {
    const readers = stage.authors.filter(({ followingCount }) => followingCount > 0);
    const before = await Promise.all(readers.map((reader) => idsOf(stage, reader)));
    stage.note(`${readers.length} people read their homes again and again`);
    let isEmptied = false;
    const reading = Promise.all(
      readers.map((reader, n) => readAgain(stage, { reader, before: before[n] ?? [] }, () => isEmptied)),
    );
    await stage.cause({ kind: 'timelines-emptied' });
    isEmptied = true;
    stage.note('every timeline is gone');
    const [first] = await stage.postMany(3);
    if (first?.tweetId) stage.show(first);
    const reads = (await reading).flat();
    await stage.untilFinished(60_000);
    const answered = reads.flatMap((read) => read ?? []);
    const holes = answered.reduce((sum, { missing }) => sum + missing, 0);
    const failed = reads.length - answered.length;
    return {
      answer: ({ holes: all }) => {
        if (failed > 0) return 'empty';
        return all > 0 ? 'holes' : 'whole';
      },
      holes,
      findings: failed > 0 ? [`${failed} of ${reads.length} homes could not be read`] : [],
      measured: [
        { name: 'homes read', value: String(reads.length) },
        { name: 'of these from Postgres', value: String(countFrom(answered, 'postgres')) },
        { name: 'of these from a timeline', value: String(countFrom(answered, 'timeline')) },
      ],
    };
  },
};

const countFrom = (reads: Read[], from: Read['source']) =>
  reads.filter(({ source }) => source === from).length;

const PATH = '/api/timelines/home?limit=100';

async function idsOf(stage: RunStage, reader: Author): Promise<number[]> {
  const { tweets } = page.parse(await stage.ask(reader, PATH));
  return tweets.map(({ id }) => id);
}

/**
 * Reads until it has read often enough since the store was emptied. Each read says what is missing on the first page, and
 * is null without an answer. On a page that another one follows, the oldest tweets may have made room for new ones. On the
 * last page nothing may be missing.
 */
async function readAgain(
  stage: RunStage,
  { reader, before }: { reader: Author; before: number[] },
  isEmptied: () => boolean,
): Promise<(Read | null)[]> {
  const reads: (Read | null)[] = [];
  for (let since = 0; since < stage.options.size; ) {
    if (isEmptied()) since++;
    const found = page.safeParse(await stage.ask(reader, PATH)).data;
    if (!found) {
      reads.push(null);
      continue;
    }
    const shown = new Set(found.tweets.map(({ id }) => id));
    const oldest = found.nextCursor === null ? 0 : Math.min(...shown);
    const missing = before.filter((id) => id >= oldest && !shown.has(id)).length;
    reads.push({ missing, source: found.source });
  }
  return reads;
}
