import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { ChunkSizeProvider } from '#app/browser/chunk-size.tsx';
import { FollowerFigures } from './follower-figures.tsx';

const account = { followerCount: 12_001, followingCount: 7 };
const textFor = (chunkSize: number) =>
  renderToStaticMarkup(
    <ChunkSizeProvider chunkSize={chunkSize}>
      <FollowerFigures account={account} />
    </ChunkSizeProvider>,
  ).replace(/<[^>]*>/g, '');

test('chunks are counted by the size that the server has, not by the default', () => {
  expect(textFor(1_000)).toBe('12,001 followers · 13 chunks · follows 7');
  expect(textFor(5_000)).toBe('12,001 followers · 3 chunks · follows 7');
});
