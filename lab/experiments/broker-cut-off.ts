import { setTimeout as sleep } from 'node:timers/promises';
import { allProcesses } from '#lab/stage/breakable-stage.ts';
import type { Link } from '#testing/link.ts';
import { ALL_BROKERS, type StageExperiment } from './experiment.ts';
import { untilPublishedAgain } from './messages-in.ts';
import type { RunStage } from './run-stage.ts';

const APART = 200; // ms between two posts

/** Cuts web and workers off from the broker, and then makes the links silent, while people post. */
export const brokerCutOff: StageExperiment = {
  info: {
    id: 'broker-cut-off',
    title: 'The broker is cut off',
    statement: 'A network fails in two ways: it refuses, or it says nothing. No answer may wait for it.',
    question:
      'The links to the broker are cut for 10 s. Then, for another 10 s, they stay open and carry nothing. People post meanwhile. What do they get?',
    answers: [
      { id: 'refused', text: 'An error, until the broker is back.' },
      { id: 'lost', text: 'The usual answer, but some of these tweets are never delivered.' },
      { id: 'kept', text: 'The usual answer, and every tweet is delivered when the broker is back.' },
    ],
    breaks: 'Cuts the links of web and workers to the queue, then stalls them.',
    why: 'A post is answered from Postgres; handing the message over comes afterwards and may fail. The relay finds the rows that no broker has acknowledged (core/ledger/publish.ts, worker/relay.ts).',
    decision: 'docs/promises.md',
    size: { of: 'seconds, each time', usual: 10, most: 60 },
    takes: 50,
    brokers: ALL_BROKERS,
  },
  async run(run, stage) {
    const links = allProcesses(stage).map((process) => process.links.queue);
    await postDuring(run, links, { text: 'is cut off', hit: (link) => link.cut() });
    await postDuring(run, links, { text: 'is there and silent', hit: (link) => link.stall() });
    const early = await run.countDelivered();
    const took = await untilPublishedAgain(run);
    const refused = run.drafts.length - run.accepted.length;
    return {
      answer: ({ accepted, delivered }) => {
        if (refused > 0) return 'refused';
        return delivered < accepted ? 'lost' : 'kept';
      },
      measured: [
        { name: 'accepted meanwhile', value: `${run.accepted.length} of ${run.drafts.length}` },
        { name: 'of these delivered when the broker was back', value: String(early) },
        took,
      ],
    };
  },
};

type Outage = { text: string; hit(link: Link): void };

/** Small authors post every 200 ms for as long as the outage lasts. */
async function postDuring(run: RunStage, links: Link[], { text, hit }: Outage): Promise<void> {
  for (const link of links) hit(link);
  const { size: seconds } = run.options;
  run.note(`the broker ${text} for ${seconds} s`);
  const posting = run.postMany(Math.ceil((seconds * 1_000) / APART), { between: APART });
  await run.waitFor(`the broker ${text}`, seconds, sleep(seconds * 1_000));
  for (const link of links) link.heal();
  run.note('the broker is back');
  const [first] = await posting;
  if (first?.tweetId) run.show(first);
}
