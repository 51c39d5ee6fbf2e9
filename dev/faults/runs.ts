import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import type { ExperimentInfo, ExperimentRun, RunOrder } from '#core/lab/experiment.ts';
import { type LabAnswer, type LabAsk, type RunReport, runReport, toSupervisor } from '#core/lab/messages.ts';
import type { Race } from '#core/lab/race.ts';
import type { StageFigures } from '#core/lab/stage-figures.ts';
import type { Running } from '../program.ts';
import { type Faults, LabBusy } from './faults.ts';
import { type CompleteOrder, completeOrder } from './run-order.ts';

/** Starts a script of the experiments with a channel to this process. */
export type ExperimentScripts = {
  start(args: string[], messages: (message: unknown) => void): Running;
};

/** There is no experiment of this name. */
export class NoSuchExperiment extends Error {
  override name = 'NoSuchExperiment';
}

type Options = {
  scripts: ExperimentScripts;
  faults: Faults;
  changed(): void;
  raced(race: Race): void;
  /** Told what the stage of an experiment looks like; null when there is none any more. */
  stage(figures: StageFigures | null): void;
  /** Throws a StartError when the server of this broker is not installed. */
  requireBroker(broker: string): void;
};

/** An experiment is broken off when it takes three times as long as it should, and this time on top. */
const GRACE = 120 * SECOND;
/** For the script that lists the experiments: it takes a second, and several on a busy machine. */
const LIST = 15 * SECOND;
/** What a script that is broken off has to remove what it has made: Reset answers within 5 s. */
const CLEAN_UP = 3 * SECOND;
const KEPT = 20; // runs whose results can still be read
const MOST_MOMENTS = 200;

/** Hands on what a script reports, and nothing else. */
export const reportsOf =
  (hear: (report: RunReport) => void) =>
  (message: unknown): void => {
    const report = runReport.safeParse(message).data;
    if (report) hear(report);
  };

const said = z.union([toSupervisor, runReport]);

/** The experiments of the running system, one at a time, each in a process of its own. */
export class Runs {
  readonly #kept: ExperimentRun[] = [];
  #number = 0;
  #current: { run: ExperimentRun; process: Running; began: number; timer: NodeJS.Timeout } | undefined;
  #listed: Promise<ExperimentInfo[]> | undefined;
  /** The process of the last run. It may still be removing what it has made. */
  #process: Running | undefined;
  /** The race that goes on, or the last one. */
  race: Race | null = null;
  /** The experiment that is about to start, which already keeps others out. */
  #starting = '';
  /** How often runs were broken off. One that is about to start must not begin after that. */
  #stops = 0;

  constructor(private readonly options: Options) {}

  /** The run that goes on, or the last one. */
  get last(): ExperimentRun | null {
    return this.#kept[0] ?? null;
  }

  find(id: number): ExperimentRun | undefined {
    return this.#kept.find((run) => run.id === id);
  }

  /** Throws {@link LabBusy} while an experiment runs, and says whose it is and for how long it has been running. */
  requireNone(): void {
    if (this.#starting) throw new LabBusy(this.#starting);
    if (!this.#current) return;
    const { run, began } = this.#current;
    const seconds = Math.round((performance.now() - began) / SECOND);
    throw new LabBusy(
      `${run.by} has been running “${run.title}” for ${seconds} s: wait for its verdict, or reset`,
    );
  }

  /** What can be run. Asks only once, because the files do not change while this process lives. */
  list(): Promise<ExperimentInfo[]> {
    this.#listed ??= this.#readList().catch((error) => {
      this.#listed = undefined;
      throw error;
    });
    return this.#listed;
  }

  async start(order: RunOrder, by: string): Promise<ExperimentRun> {
    this.requireNone();
    this.#starting = `${by} is starting an experiment: wait for its verdict, or reset`;
    const stops = this.#stops;
    try {
      const info = (await this.list()).find(({ id }) => id === order.experiment);
      if (!info) throw new NoSuchExperiment(await this.#unknown(order.experiment));
      const completed = completeOrder(info, order);
      if (completed.broker !== null) this.options.requireBroker(completed.broker);
      await this.#process?.stop(CLEAN_UP); // it would remove what the next run makes under the same names
      if (this.#stops > stops) throw new LabBusy('it was reset before the experiment began: start it again');
      return this.#begin(info, completed, by);
    } finally {
      this.#starting = '';
    }
  }

  /** Breaks off what runs. May be called twice. */
  async stop(reason: string): Promise<void> {
    this.#stops += 1;
    const current = this.#current;
    if (!current) return;
    this.#end('broken off', reason);
    await current.process.stop(CLEAN_UP);
  }

  close(): void {
    clearTimeout(this.#current?.timer);
    this.#current?.process.kill();
    this.#current = undefined;
  }

  #begin({ id, title, takes }: ExperimentInfo, order: CompleteOrder, by: string): ExperimentRun {
    const run: ExperimentRun = {
      ...{ id: ++this.#number, experiment: id, title, by, ...order },
      ...{ state: 'running', startedAt: new Date().toISOString() },
      ...{ endedAt: null, tweets: [], moments: [], wait: null, verdict: null, reason: null },
    };
    this.#kept.unshift(run);
    this.#kept.length = Math.min(this.#kept.length, KEPT);
    const args = ['run', id, String(run.seed), String(run.size), run.broker ?? '', JSON.stringify(run.dials)];
    const process = this.options.scripts.start(args, (message) => this.#hear(run, message));
    const deadline = takes * 3 * SECOND + GRACE;
    const timer = setTimeout(() => void this.stop(`it took longer than ${deadline / SECOND} s`), deadline);
    this.#process = process;
    this.#current = { run, process, began: performance.now(), timer };
    void process.exited.then(() => {
      if (this.#current?.run === run) this.#end('broken off', 'its process ended before a verdict');
    });
    this.options.faults.note(`experiment “${title}” begins with seed ${run.seed}, by ${by}`);
    return run;
  }

  /** Ignores what comes after the end of a run: its process may go on reporting until it has ended. */
  #hear(run: ExperimentRun, message: unknown): void {
    const heard = said.safeParse(message).data;
    if (this.#current?.run !== run || heard === undefined || heard === 'ready') return;
    if ('run' in heard) this.#report(run, heard);
    else void this.#answer(heard.number, heard.ask, run);
  }

  #report(run: ExperimentRun, report: RunReport): void {
    switch (report.run) {
      case 'moment':
        if (run.moments.length < MOST_MOMENTS) run.moments.push({ at: this.#age(), text: report.text });
        break;
      case 'tweet':
        run.tweets.push(report.tweetId);
        break;
      case 'race':
        this.race = { ...report.race, run: run.id };
        this.options.raced(this.race);
        return;
      case 'stage':
        this.options.stage(report.figures);
        return;
      case 'wait':
        run.wait = report.wait && {
          text: report.wait.text,
          until: new Date(Date.now() + report.wait.seconds * SECOND).toISOString(),
        };
        break;
      case 'checking':
        run.state = 'checking';
        break;
      case 'verdict':
        run.verdict = report.verdict;
        this.#end('done', null);
        break;
      case 'failed':
        this.#end('broken off', report.reason);
        break;
      case 'experiments':
      case 'progress':
        return;
    }
    this.options.changed();
  }

  #age = (): number => (performance.now() - (this.#current?.began ?? 0)) / SECOND;

  async #answer(number: number, ask: LabAsk, run: ExperimentRun): Promise<void> {
    const answer = await this.#obey(ask, run).catch(
      (error: Error): LabAnswer => ({
        did: 'refuse',
        refusal: { kind: 'lab-failed', detail: error.message },
      }),
    );
    if (this.#current?.run === run) this.#current.process.send({ lab: 'answer', number, answer });
  }

  async #obey(ask: LabAsk, { by }: ExperimentRun): Promise<LabAnswer> {
    if (ask.do === 'break') {
      const { fault, there } = this.options.faults.begin(ask.order, by);
      await there;
      return { did: 'break', fault };
    }
    if (ask.do !== 'heal') throw new Error(`Expected an experiment to break or heal, got ${ask.do}`);
    await this.options.faults.heal(ask.fault);
    return { did: 'heal' };
  }

  /** Ends the run, and heals whatever it has broken and not healed itself. */
  #end(state: 'done' | 'broken off', reason: string | null): void {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    clearTimeout(current.timer);
    Object.assign(current.run, { state, reason, endedAt: new Date().toISOString(), wait: null });
    this.options.stage(null);
    const { title, verdict } = current.run;
    this.options.faults.note(`experiment “${title}”: ${reason ?? (verdict?.passed ? 'passed' : 'failed')}`);
    this.options.faults.healAll().catch(() => {}); // a fault that did not heal is healed again at its deadline
  }

  async #readList(): Promise<ExperimentInfo[]> {
    let found: ExperimentInfo[] | undefined;
    const hear = reportsOf((report) => {
      if (report.run === 'experiments') found = report.experiments;
    });
    const process = this.options.scripts.start(['list'], hear);
    const late = setTimeout(() => process.kill(), LIST);
    await process.exited;
    clearTimeout(late);
    if (!found) throw new Error('The experiments could not be listed; the lines of `experiment` say why');
    return found;
  }

  async #unknown(id: string): Promise<string> {
    const known = (await this.list()).map((each) => each.id);
    return `experiment: expected one of ${known.join(', ')}, got ${id}`;
  }
}
