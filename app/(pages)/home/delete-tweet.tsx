'use client';

import { useState } from 'react';
import type { TweetView } from '#api/contract.ts';
import { deleteTweet } from '#app/browser/api.ts';
import { ProblemError } from '#app/browser/http.ts';

type Props = { tweet: TweetView; close(): void; deleted(tweetId: number): void };

/** Asks before the author's own tweet is deleted. */
export function DeleteTweet({ tweet, close, deleted }: Props) {
  const [problem, setProblem] = useState<string | null>(null);
  const confirm = async () => {
    try {
      await deleteTweet(tweet.id, tweet.author.handle);
      setProblem(null);
      close();
      deleted(tweet.id);
    } catch (error) {
      setProblem(error instanceof ProblemError ? error.message : 'The server did not answer. Try again.');
    }
  };
  return (
    <>
      <p dir="auto" className="line-clamp-4 whitespace-pre-wrap rounded-lg bg-canvas p-3 text-sm">
        {tweet.text}
      </p>
      <p className="mt-3 text-muted text-sm">
        It disappears from every home timeline at once. Deliveries that are still on their way stop.
      </p>
      {problem && (
        <p role="alert" className="mt-3 text-bad text-sm">
          {problem}
        </p>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <button type="button" onClick={close} className="button">
          Keep it
        </button>
        <button type="button" onClick={confirm} className="button text-bad">
          Delete
        </button>
      </div>
    </>
  );
}
