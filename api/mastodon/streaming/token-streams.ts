import type pg from 'pg';
import { Paced } from '#api/live/shared-reads.ts';
import type { ClientStream } from '#api/mastodon/streaming/client-stream.ts';
import { type RevokedTokens, tokensLeft } from '#core/clients/tokens.ts';
import { SECOND } from '#core/durations.ts';
import type { HintSource } from '#core/hints.ts';

type Sources = {
  pool: pg.Pool;
  revoked: HintSource<RevokedTokens>;
  /** Milliseconds between two looks without a cause: a process may have died between a revocation and its hint. */
  lookEvery?: number;
};

const PACE = 100; // ms between two looks at all tokens
const LOOK_EVERY = 30 * SECOND;

/** Ends the streams of tokens that are revoked, by whichever process. */
export class TokenStreams {
  readonly #streams = new Map<number, Set<ClientStream>>();
  readonly #looks = new Paced<'tokens'>(PACE, () => this.#look());
  #isListening = false;
  #looking: NodeJS.Timeout | undefined;

  constructor(private readonly sources: Sources) {}

  /** Ends this stream when its token is revoked. Looks once, because that may have happened since the token was read. */
  add(tokenId: number, stream: ClientStream): void {
    if (!this.#isListening) this.#listen();
    this.#looking ??= setInterval(() => this.#looks.touch('tokens'), this.sources.lookEvery ?? LOOK_EVERY);
    const streams = this.#streams.get(tokenId) ?? new Set();
    this.#streams.set(tokenId, streams.add(stream));
    this.#looks.touch('tokens');
    stream.onEnd(() => {
      streams.delete(stream);
      if (streams.size === 0 && this.#streams.get(tokenId) === streams) this.#streams.delete(tokenId);
      if (this.#streams.size === 0) this.#rest();
    });
  }

  #rest(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #listen(): void {
    this.#isListening = true;
    this.sources.revoked.listen((heard) => {
      if (heard === 'resync') this.#looks.touch('tokens');
      else this.#end(heard.tokenIds);
    });
  }

  async #look(): Promise<void> {
    const open = [...this.#streams.keys()];
    if (open.length === 0) return;
    const left = await tokensLeft(this.sources.pool, open);
    this.#end(open.filter((id) => !left.has(id)));
  }

  #end(tokenIds: number[]): void {
    for (const id of tokenIds) for (const stream of [...(this.#streams.get(id) ?? [])]) stream.end('revoked');
  }
}
