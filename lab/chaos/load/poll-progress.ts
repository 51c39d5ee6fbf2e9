import { setTimeout as sleep } from 'node:timers/promises';
import { type Caller, call } from './call.ts';
import type { Progress } from './progress.ts';

const PACE = 30; // ms between two questions
const NEWEST = 40; // tweets looked at in turn, finished or not

/** Asks for the progress of the newest tweets in turn, as somebody would who reloads their pages, until `signal`. */
export async function pollProgress(
  tweets: { tweetId: number; author: Caller }[],
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const { tweetId, author } of tweets.slice(-NEWEST)) {
      const answer = await call(author, { method: 'GET', path: `/api/tweets/${tweetId}/delivery` });
      if (answer?.status === 200 && answer.body) progress.see('polling', answer.body);
      await pause(signal);
    }
    await pause(signal);
  }
}

const pause = (signal: AbortSignal) => sleep(PACE, undefined, { signal }).catch(() => {});
