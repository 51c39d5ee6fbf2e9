import type { FaultOrder } from '#core/lab/faults.ts';
import { fromSupervisor, type LabAnswer, type LabAsk, type RunReport } from '#core/lab/messages.ts';

/** How the process of an experiment reaches the supervisor: by the channel that Node opened between them. */
export class Supervisor {
  #number = 0;
  readonly #waiting = new Map<number, (answer: LabAnswer) => void>();

  constructor() {
    if (!process.send) throw new Error('Expected to be started by the lab, with a channel to it');
    process.on('message', (message) => {
      const heard = fromSupervisor.safeParse(message).data;
      if (heard?.lab === 'answer') this.#waiting.get(heard.number)?.(heard.answer);
    });
    process.on('disconnect', () => process.exit(1)); // without a supervisor nobody would heal what is broken
  }

  report(report: RunReport): void {
    process.send?.(report);
  }

  /** Sends a report. Resolves once it is sent, so that the process may end. */
  reportLast(report: RunReport): Promise<void> {
    return new Promise((resolve) => {
      if (process.send) process.send(report, undefined, undefined, () => resolve());
      else resolve();
    });
  }

  /** Breaks something. Throws with the reason when the lab refuses. */
  async cause(order: FaultOrder): Promise<{ id: number }> {
    const answer = await this.#ask({ do: 'break', by: 'experiment', order });
    if (answer.did === 'break') return answer.fault;
    throw new Error(answer.did === 'refuse' ? answer.refusal.detail : `Expected a fault, got ${answer.did}`);
  }

  async heal(fault: number): Promise<void> {
    const answer = await this.#ask({ do: 'heal', by: 'experiment', fault });
    if (answer.did === 'refuse') throw new Error(answer.refusal.detail);
  }

  #ask(ask: LabAsk): Promise<LabAnswer> {
    const number = ++this.#number;
    return new Promise((resolve) => {
      this.#waiting.set(number, (answer) => {
        this.#waiting.delete(number);
        resolve(answer);
      });
      process.send?.({ lab: 'ask', number, ask });
    });
  }
}
