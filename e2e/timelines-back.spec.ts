import { expect, test } from '@playwright/test';
import { type Session, signIn } from '#lab/clients/session.ts';
import { untilAccepted } from '#lab/recovery/served-again.ts';
import { Streams } from '#lab/recovery/streams.ts';
import { followsEverybody } from '#prisma/seed/demo/follows-everybody.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { isRunning, signalPart, theApp } from './processes.ts';

// By its name this runs after timelines-away.spec.ts, because it kills the timeline store too.

/**
 * The signal that takes each server away. On SIGINT Postgres ends its sessions and stops. The supervisor starts it
 * again.
 */
const FALLS = { timelines: 'SIGKILL', queue: 'SIGKILL', postgres: 'SIGINT' } as const;

let streams: Streams;
let author: Session;
test.beforeEach(async () => {
  const { url } = theApp();
  author = await signIn(url, ordinary);
  streams = new Streams({ author, follower: await signIn(url, followsEverybody) });
  await streams.opened();
});
test.afterEach(() => streams.close());

// An application of the same kind lost every live stream for good with its Redis: mastodon #25157.
for (const [server, signal] of Object.entries(FALLS)) {
  test(`live streams that were open go on telling when ${server} has been away`, async () => {
    const pid = signalPart(server, signal) ?? 0;
    await expect(async () => expect(isRunning(pid)).toBe(false)).toPass({ timeout: 10_000 });
    const tweetId = await untilAccepted(author);
    await expect(() => streams.requireArrival(tweetId)).toPass({ timeout: 20_000 });
    await expect(() => streams.requireDelivered(tweetId)).toPass({ timeout: 20_000 });
  });
}
