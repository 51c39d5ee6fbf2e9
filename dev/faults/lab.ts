import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { RunOrder } from '#core/lab/experiment.ts';
import type { FaultKind } from '#core/lab/fault-kinds.ts';
import type { FaultOrder } from '#core/lab/faults.ts';
import type { ActiveFault, LabState } from '#core/lab/lab-state.ts';
import {
  type FromSupervisor,
  type LabAnswer,
  type LabAsk,
  type labRefusal,
  toSupervisor,
} from '#core/lab/messages.ts';
import type { Race } from '#core/lab/race.ts';
import type { StageFigures } from '#core/lab/stage-figures.ts';
import { StartError } from '../start-error.ts';
import { Faults, LabBusy, NotEmbedded } from './faults.ts';
import { type Breakable, NoSuchTarget } from './inflict.ts';
import { InvalidOrder } from './run-order.ts';
import { type ExperimentScripts, NoSuchExperiment, Runs } from './runs.ts';

export type LabOptions = {
  system: Breakable;
  scripts: ExperimentScripts;
  /** Told whenever the state has changed, at most 20 times a second. */
  changed(state: LabState): void;
  /** Told how a race goes, whenever the race reports. */
  raced(race: Race): void;
  /** Told what the stage of an experiment looks like, a few times a second; null when there is none any more. */
  stage(figures: StageFigures | null): void;
  /** Throws a StartError when the server of this broker is not installed. */
  requireBroker(broker: string): void;
  log(line: string): void;
};

/**
 * The answer does not wait for these: they break the asker's process or connections, or take as long as a deployment.
 */
const ANSWERED_FIRST = new Set<FaultKind>([
  ...(['web-killed', 'web-frozen', 'web-replaced'] as const),
  ...(['workers-replaced', 'postgres-restarted'] as const),
]);

/** Reset answers after this time at the latest, even if something has not healed yet. */
const RESET = 4_500; // ms
const PUSH = 50; // ms

/** The lab of one running system. It lives in the supervisor, so faults heal even when browser and web process are gone. */
export class Lab {
  readonly #faults: Faults;
  readonly #runs: Runs;
  #push: NodeJS.Timeout | undefined;

  constructor(private readonly options: LabOptions) {
    const { system, scripts, log, raced, stage, requireBroker } = options;
    const changed = () => this.#changed();
    this.#faults = new Faults(system, { changed, log });
    this.#runs = new Runs({ scripts, faults: this.#faults, changed, raced, stage, requireBroker });
  }

  get state(): LabState {
    const { programs, servers, usualWorkers } = this.options.system;
    const isEmbedded = (name: keyof typeof servers) => servers[name] !== undefined;
    return {
      parts: [
        { name: 'web', isEmbedded: true },
        { name: 'queue', isEmbedded: isEmbedded('queue') },
        { name: 'timelines', isEmbedded: isEmbedded('timelines') },
        { name: 'postgres', isEmbedded: isEmbedded('postgres') },
      ],
      workers: programs.workers.map(({ name }) => name.replace('worker ', '')),
      usualWorkers,
      faults: this.#faults.active,
      run: this.#runs.last,
      log: this.#faults.log,
    };
  }

  /** Hears a web process, which has just become ready or asks for something in somebody's name. */
  hear(message: unknown, reply: (message: FromSupervisor) => void): void {
    const heard = toSupervisor.safeParse(message).data;
    if (heard === 'ready') {
      reply({ lab: 'state', state: this.state });
      if (this.#runs.race) reply({ lab: 'race', race: this.#runs.race });
    } else if (heard)
      void this.ask(heard.ask).then((answer) => reply({ lab: 'answer', number: heard.number, answer }));
  }

  /** Does what a web process asks for in somebody's name; never rejects. */
  async ask(ask: LabAsk): Promise<LabAnswer> {
    try {
      return await this.#do(ask);
    } catch (error) {
      return refusalOf(error);
    }
  }

  /** Heals everything and ends what runs. Does not wait for longer than a person can. */
  async reset(by: string): Promise<void> {
    this.#faults.note(`reset, by ${by}`);
    const stopped = this.#runs.stop(`reset by ${by}`);
    const all = Promise.all([stopped, this.#faults.healAll()]).catch(() => {}); // a fault that did not heal is healed again at its deadline
    await Promise.race([all, sleep(RESET, undefined, { ref: false })]);
  }

  /** Ends with the system: nothing is healed, because everything is about to be stopped. */
  close(): void {
    clearTimeout(this.#push);
    this.#faults.close();
    this.#runs.close();
  }

  async #do(ask: LabAsk): Promise<LabAnswer> {
    switch (ask.do) {
      case 'break':
        return { did: 'break', fault: await this.#break(ask.order, ask.by) };
      case 'heal':
        return (await this.#faults.heal(ask.fault)) ? { did: 'heal' } : notFound(`fault ${ask.fault}`);
      case 'reset':
        await this.reset(ask.by);
        return { did: 'reset' };
      case 'list':
        return { did: 'list', experiments: await this.#runs.list() };
      case 'run':
        return { did: 'run', run: await this.#run(ask.order, ask.by) };
      case 'read run': {
        const run = this.#runs.find(ask.run);
        return run ? { did: 'read run', run } : notFound(`run ${ask.run}`);
      }
    }
  }

  /** Does what a person orders. It refuses while an experiment runs, because that would spoil what is measured. */
  async #break(order: FaultOrder, by: string): Promise<ActiveFault> {
    this.#runs.requireNone();
    const { fault, there } = this.#faults.begin(order, by);
    if (ANSWERED_FIRST.has(order.kind))
      there.catch(() => {}); // the log tells of a failure
    else await there;
    return fault;
  }

  #run(order: RunOrder, by: string) {
    this.#runs.requireNone();
    const [fault] = this.#faults.active;
    if (fault) throw new LabBusy(`${fault.text}, by ${fault.by}: restore it before an experiment begins`);
    return this.#runs.start(order, by);
  }

  #changed(): void {
    this.#push ??= setTimeout(() => {
      this.#push = undefined;
      this.options.changed(this.state);
    }, PUSH);
  }
}

const notFound = (what: string): LabAnswer => ({
  did: 'refuse',
  refusal: { kind: 'not-found', detail: `Expected something of the lab that is there, got ${what}` },
});

type Refusal = z.infer<typeof labRefusal>;

function refusalOf(error: unknown): LabAnswer {
  const detail = error instanceof Error ? error.message : String(error);
  const refuse = (kind: Refusal['kind']): LabAnswer => ({
    did: 'refuse',
    refusal: { kind, detail },
  });
  if (error instanceof LabBusy) return refuse('lab-busy');
  if (error instanceof NotEmbedded) return refuse('not-embedded');
  if (error instanceof NoSuchTarget || error instanceof NoSuchExperiment) return refuse('not-found');
  if (error instanceof InvalidOrder) return refuse('validation');
  if (error instanceof StartError)
    return { did: 'refuse', refusal: { kind: 'not-installed', detail: `${error.message} ${error.advice}` } };
  return refuse('lab-failed');
}
