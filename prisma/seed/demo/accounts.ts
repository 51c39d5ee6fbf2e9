import type { DemoAccount } from './account.ts';
import { celebrity } from './celebrity.ts';
import { emoji } from './emoji.ts';
import { followsEverybody } from './follows-everybody.ts';
import { followsNobody } from './follows-nobody.ts';
import { localNews } from './local-news.ts';
import { newcomer } from './newcomer.ts';
import { oneChunk } from './one-chunk.ts';
import { ordinary } from './ordinary.ts';
import { popular } from './popular.ts';
import { rightToLeft } from './right-to-left.ts';
import { twoChunks } from './two-chunks.ts';
import { wellKnown } from './well-known.ts';

/** The demo's people in the order of the switcher. An account's id is its place in this list, counted from 1. */
export const demoAccounts: readonly DemoAccount[] = [
  ordinary,
  popular,
  celebrity,
  followsEverybody,
  followsNobody,
  rightToLeft,
  emoji,
  localNews,
  wellKnown,
  oneChunk,
  twoChunks,
  newcomer,
];
