import { beforeEach, expect, test, vi } from 'vitest';
import { exampleDelivery } from '../example-delivery.test-data.ts';
import { emptyLocalStorage } from '../local-storage.test-data.ts';
import {
  type Answer,
  forget,
  look,
  readStored,
  storeAnswer,
  storeUnsent,
  type Unsent,
} from './stored-outbox.ts';

let storage: Record<string, string>;
beforeEach(() => {
  storage = emptyLocalStorage();
  return () => vi.unstubAllGlobals();
});

const unsent = (key: string, pressedAt = 0): Unsent => ({ key, account: 'ada', text: 'Hello', pressedAt });
const answer: Answer = {
  posted: {
    tweet: { id: 7, text: 'Hello', createdAt: '', author: { id: 1, handle: 'ada', name: 'Ada' } },
    delivery: exampleDelivery({ tweetId: 7 }),
  },
  acceptedAt: 1_000,
};

test('unsent tweets survive a reload, the oldest first, until they are discarded', () => {
  storeUnsent(unsent('b', 2));
  storeUnsent(unsent('a', 1));
  expect(readStored(0)).toEqual([unsent('a', 1), unsent('b', 2)]);
  expect(look('a')).toEqual({ is: 'unsent' });
  forget('a');
  expect(look('a')).toEqual({ is: 'gone' });
});

test('an answer is left for other tabs for a minute', () => {
  storeAnswer(unsent('a'), answer);
  expect(look('a')).toEqual({ is: 'sent', ...answer });
  expect(readStored(61_000)).toHaveLength(1);
  expect(readStored(61_001)).toEqual([]);
  expect(storage).toEqual({});
});

test('an answer of a clock that was ahead is not kept until that time comes', () => {
  storeAnswer(unsent('a'), { ...answer, acceptedAt: 90_000_000 });
  expect(readStored(0)).toEqual([]);
  expect(storage).toEqual({});
});

test('the server’s time at which a tweet was written survives a reload, and its answer', () => {
  const written = { ...unsent('a'), writtenAt: 7 };
  storeUnsent(written);
  expect(readStored(0)).toEqual([written]);
  storeAnswer(written, answer);
  expect(readStored(1_000)).toMatchObject([written]);
});

test('what is stored in another shape is dropped, and the rest is read', () => {
  storeUnsent(unsent('good'));
  Object.assign(storage, {
    'outbox:cut off': '{"key":"cut',
    'outbox:null': 'null',
    'outbox:untimed': JSON.stringify({ ...unsent('untimed'), pressedAt: 'noon' }),
    'outbox:another key': JSON.stringify(unsent('good')),
    'draft:ada': 'not of the outbox',
  });
  expect(readStored(0)).toEqual([unsent('good')]);
  expect(Object.keys(storage).sort()).toEqual(['draft:ada', 'outbox:good']);
});

test('a tweet whose answer cannot be read was sent, and is not sent again', () => {
  storage['outbox:a'] = JSON.stringify({ ...unsent('a'), answer: { posted: {}, acceptedAt: 1 } });
  expect(look('a')).toEqual({ is: 'gone' });
  expect(readStored(0)).toEqual([]);
});
