type Undo = () => unknown;

/** What has to be stopped or removed at the end. */
export class Cleanup {
  readonly #undos: Undo[] = [];

  /** Remembers one thing to do at the end. It needs no `this`, so it can be passed on. */
  readonly add = (undo: Undo): void => void this.#undos.push(undo);

  /** Does everything, the last thing first. May be called twice: the second time there is nothing left. */
  readonly run = async (): Promise<void> => {
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) await undo();
  };
}
