import { invalidField, Refusal } from '#api/problem.ts';
import { SECOND } from '#core/durations.ts';
import type { LabState } from '#core/lab/lab-state.ts';
import { fromSupervisor, type LabAnswer, type LabAsk } from '#core/lab/messages.ts';
import type { Race } from '#core/lab/race.ts';
import type { StageFigures } from '#core/lab/stage-figures.ts';

/** The channel that Node opens to the process that started this one. */
export type Channel = {
  send(message: object): void;
  /** Calls `hear` with every message. */
  hear(hear: (message: unknown) => void): void;
};

/** The channel of this process; undefined when nobody opened one. */
export function supervisorChannel(): Channel | undefined {
  if (!process.send) return undefined;
  return {
    // If the supervisor is gone, nobody hears it, and the question times out.
    send: (message) => void process.send?.(message, undefined, undefined, () => {}),
    hear: (hear) => void process.on('message', hear),
  };
}

/** Longer than anything that the supervisor waits for before it answers. */
const PATIENCE = 20 * SECOND;

/** The lab, as this web process reaches it: it asks the supervisor, which holds what is broken. */
export class LabLink {
  #state: LabState | null = null;
  #race: Race | null = null;
  #number = 0;
  readonly #waiting = new Map<number, (answer: LabAnswer) => void>();
  readonly #listeners = new Set<(state: LabState | null) => void>();
  readonly #onlookers = new Set<(race: Race) => void>();
  #stage: StageFigures | null = null;
  readonly #stageListeners = new Set<(figures: StageFigures | null) => void>();

  constructor(
    private readonly channel: Channel | undefined,
    private readonly patience = PATIENCE,
  ) {
    channel?.hear((message) => this.#hear(message));
  }

  /** What is broken and what runs; null while the lab is off. */
  get state(): LabState | null {
    return this.#state;
  }

  /** The race that goes on, or the last one. */
  get race(): Race | null {
    return this.#race;
  }

  /** The state; refuses when the lab is off. */
  requireOn(): LabState {
    if (this.#state) return this.#state;
    throw new Refusal('lab-off', HOW_TO_SWITCH_ON);
  }

  /** Calls `listener` with the state and with every change from now on; returns how to stop. */
  listen(listener: (state: LabState | null) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `onlooker` with the race that there is, and whenever it has gone on; returns how to stop. */
  watchRace(onlooker: (race: Race) => void): () => void {
    this.#onlookers.add(onlooker);
    if (this.#race) onlooker(this.#race);
    return () => this.#onlookers.delete(onlooker);
  }

  /** The same for what the stage of an experiment looks like; null while there is none. */
  listenToStage(listener: (figures: StageFigures | null) => void): () => void {
    this.#stageListeners.add(listener);
    listener(this.#stage);
    return () => this.#stageListeners.delete(listener);
  }

  /** Asks the supervisor. Throws the {@link Refusal} that it answers with. */
  async ask<Did extends LabAnswer['did']>(ask: LabAsk & { do: Did }): Promise<LabAnswer & { did: Did }> {
    this.requireOn();
    const answer = await this.#answerTo(ask);
    if (answer.did === 'refuse') throw refusalOf(answer.refusal);
    if (!isOf(answer, ask.do)) throw new Error(`Expected an answer to ${ask.do}, got one to ${answer.did}`);
    return answer;
  }

  #answerTo(ask: LabAsk): Promise<LabAnswer> {
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(number);
        reject(
          new Refusal(
            'unavailable',
            'The supervisor did not answer. Whether it did anything, the lab shows.',
          ),
        );
      }, this.patience);
      this.#waiting.set(number, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.channel?.send({ lab: 'ask', number, ask });
    });
  }

  #hear(message: unknown): void {
    const heard = fromSupervisor.safeParse(message).data;
    if (heard?.lab === 'answer') {
      this.#waiting.get(heard.number)?.(heard.answer);
      this.#waiting.delete(heard.number);
    } else if (heard?.lab === 'race') {
      this.#race = heard.race;
      for (const onlooker of this.#onlookers) onlooker(heard.race);
    } else if (heard?.lab === 'stage') {
      this.#stage = heard.figures;
      for (const listener of this.#stageListeners) listener(heard.figures);
    } else if (heard) {
      this.#state = heard.state;
      for (const listener of this.#listeners) listener(heard.state);
    }
  }
}

const isOf = <Did extends LabAnswer['did']>(
  answer: LabAnswer,
  did: Did,
): answer is LabAnswer & { did: Did } => answer.did === did;

const HOW_TO_SWITCH_ON =
  'The lab is off. `npm start` with servers of its own switches it on; with servers that you name, LAB=1 does. With hot reload there is none.';

const STATUSES = {
  'lab-busy': 'lab-busy',
  'not-embedded': 'not-embedded',
  'not-installed': 'not-installed',
  'not-found': 'not-found',
  'lab-failed': 'unavailable',
} as const;

function refusalOf({ kind, detail }: (LabAnswer & { did: 'refuse' })['refusal']): Refusal {
  if (kind !== 'validation') return new Refusal(STATUSES[kind], detail);
  const [field = '', ...message] = detail.split(': ');
  return invalidField(field, message.join(': '));
}
