import { createHash, randomBytes } from 'node:crypto';

const BYTES = 32; // 256 bits: nobody guesses one, so a fast hash without salt is enough
const CODE_BYTES = 16; // 128 bits are plenty for ten minutes, and fit into a line of a phone

/**
 * A new client id, client secret or token: 64 characters of 0-9 and a-f. Others would differ between clients that encode
 * them for Basic authentication and those that do not.
 */
export const newSecret = (): string => randomBytes(BYTES).toString('hex');

/** A new authorization code, which a person may have to copy by hand: 32 such characters. */
export const newCode = (): string => randomBytes(CODE_BYTES).toString('hex');

/** What is kept of a secret: its SHA-256. */
export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
