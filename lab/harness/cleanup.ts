type Undo = () => unknown;

/** What has to be stopped or removed at the end. */
export class Cleanup {
  readonly #undos: Undo[] = [];

  /** Remembers one thing to do at the end. Needs no `this`, so that it can be handed on. */
  readonly add = (undo: Undo): void => void this.#undos.push(undo);

  /** Does it all, the last thing first. May be called twice: the second time there is nothing left. */
  readonly run = async (): Promise<void> => {
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) await undo();
  };
}
