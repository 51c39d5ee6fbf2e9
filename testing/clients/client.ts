/** What a client hears on its user stream: a status, or the id of one that was deleted. */
export type Heard = { event: 'update' | 'delete'; id: string };

/**
 * A client that somebody else wrote, signed in as one account and driven as a person drives it. Statuses are named by their
 * ids. A client that lacks one of these says so by not having it.
 */
export type Client = {
  /** The handle that it shows to its user. */
  whoAmI(): Promise<string>;
  /** The ids of home, the newest first. */
  home(): Promise<string[]>;
  post(text: string): Promise<string>;
  remove(id: string): Promise<void>;
  follow(handle: string): Promise<void>;
  /** Returns when the client says that it will be posted. */
  schedule?(text: string, at: Date): Promise<Date>;
  /** Resolves when it listens. */
  listen?(heard: (event: Heard) => void): Promise<void>;
  /** Ends its processes and connections. */
  close(): Promise<void>;
};

/** Where a client signs in, and what its user does in a browser meanwhile: opens the address, allows it, copies the code. */
export type SigningIn = { url: string; allow(authorizeUrl: string): Promise<string>; folder: string };

/** How a client is started and signed in. */
export type ClientKind = {
  name: string;
  /** The Debian package that it comes with; none for those that come from npm. */
  debian?: string;
  signIn(signingIn: SigningIn): Promise<Client>;
};
