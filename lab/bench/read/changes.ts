import { setTimeout as wait } from 'node:timers/promises';
import { type Page, type Reader, readPage } from '#lab/load/pages.ts';
import type { Application } from '#lab/stage/application.ts';

/** What was changed and what was seen of it afterwards. */
export type Checked = {
  deletes: number;
  unfollows: number;
  perSecond: number;
  /** Pages that were looked through. */
  pages: number;
  /** One line for each tweet on a page that was asked for after the `204` that took the tweet away. */
  violations: string[];
};

type App = Pick<Application, 'url' | 'cookieOf'>;

/**
 * Deletes tweets and unfollows authors over HTTP, in turn. Each is picked from the page of a reader, who reads again
 * right after the `204` and at every later turn. What was taken away must never be shown again, whatever cache there
 * is.
 */
export class Changes {
  #deleted = new Set<number>();
  #unfollowed = new Map<number, Set<number>>();
  #turn = 0;
  #seconds = 0;
  #checked = { deletes: 0, unfollows: 0, pages: 0, violations: [] as string[] };

  constructor(
    private readonly app: App,
    private readonly readers: Reader[],
  ) {}

  /** Makes changes at this pace until the signal. Then every reader reads once more. */
  async run(perSecond: number, signal: AbortSignal): Promise<Checked> {
    const started = performance.now();
    for (let n = 1; !signal.aborted; n++) {
      await this.runOnce();
      await untilTime(started + (n * 1_000) / perSecond, signal);
    }
    this.#seconds = (performance.now() - started) / 1_000;
    for (const reader of this.readers) await this.#read(reader);
    return this.result();
  }

  /** One change, with the pages before and after it. */
  async runOnce(): Promise<void> {
    const turn = this.#turn++;
    const [round, place] = [Math.floor(turn / this.readers.length), turn % this.readers.length];
    const reader = this.readers[place];
    if (!reader) throw new Error('Expected readers, got none');
    const page = await this.#read(reader);
    const tweet = page.tweets[(turn * 7) % page.tweets.length];
    if (!tweet) throw new Error(`Expected tweets on the page of ${reader.handle}, got none`);
    await ((round + place) % 2 === 0 ? this.#delete(tweet) : this.#unfollow(reader, tweet));
    await this.#read(reader);
  }

  result(): Checked {
    const { deletes, unfollows } = this.#checked;
    return { ...this.#checked, perSecond: this.#seconds > 0 ? (deletes + unfollows) / this.#seconds : 0 };
  }

  async #delete({ id, author }: Tweet): Promise<void> {
    await remove(`${this.app.url}/api/tweets/${id}`, await this.app.cookieOf(author));
    this.#deleted.add(id);
    this.#checked.deletes++;
  }

  async #unfollow(reader: Reader, { author }: Tweet): Promise<void> {
    await remove(`${this.app.url}/api/users/${author.handle}/follow`, reader.cookie);
    this.#unfollowed.set(reader.id, (this.#unfollowed.get(reader.id) ?? new Set()).add(author.id));
    this.#checked.unfollows++;
  }

  async #read(reader: Reader): Promise<Page> {
    const page = await readPage(this.app.url, reader);
    this.#checked.pages++;
    const unfollowed = this.#unfollowed.get(reader.id);
    for (const { id, author } of page.tweets) {
      if (this.#deleted.has(id))
        this.#checked.violations.push(`${reader.handle} was shown the deleted tweet ${id}`);
      if (unfollowed?.has(author.id))
        this.#checked.violations.push(
          `${reader.handle} was shown tweet ${id} of ${author.handle}, unfollowed`,
        );
    }
    return page;
  }
}

type Tweet = Page['tweets'][number];

async function remove(url: string, cookie: string): Promise<void> {
  const response = await fetch(url, { method: 'DELETE', headers: { cookie } });
  const text = await response.text();
  if (response.status !== 204) throw new Error(`DELETE ${url}: expected 204, got ${response.status} ${text}`);
}

async function untilTime(time: number, signal: AbortSignal): Promise<void> {
  const left = time - performance.now();
  if (left > 0) await wait(left, undefined, { signal }).catch(() => {});
}
