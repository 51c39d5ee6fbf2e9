import { sumOf } from './statistics.ts';

/** What must never be found: broken promises, and a few other things that are worth a report. */
const FINDINGS = [
  'lost',
  'twice',
  'hole',
  'refused and there',
  'cancelled and there',
  'left early',
  'half there',
  'answers differ',
  'answer not kept',
  'progress backwards',
  'progress above expected',
  'ledger',
  'stuck',
  'process died',
  'unexpected answer',
  'no answer',
  'left over',
  'memory kept',
] as const;

export type FindingKind = (typeof FINDINGS)[number];

/** Collects what went wrong. A run without findings has kept every promise that it could check. */
export class Findings {
  readonly #found = new Map<FindingKind, string[]>();

  constructor(private readonly told: (kind: FindingKind, text: string) => void = () => {}) {}

  add(kind: FindingKind, text: string): void {
    this.told(kind, text);
    this.#found.set(kind, [...this.of(kind), text]);
  }

  of(kind: FindingKind): string[] {
    return this.#found.get(kind) ?? [];
  }

  /** The kinds of which something was found. */
  kinds(): FindingKind[] {
    return FINDINGS.filter((kind) => this.of(kind).length > 0);
  }

  get total(): number {
    return sumOf(FINDINGS, (kind) => this.of(kind).length);
  }

  /** How many of each kind were found. 0 where there is none. */
  counts(): Record<FindingKind, number> {
    const counts = FINDINGS.map((kind) => [kind, this.of(kind).length]);
    return Object.fromEntries(counts) as Record<FindingKind, number>;
  }

  /** One line for each finding, the first few of every kind. */
  lines(each = 5): string[] {
    const first = (kind: FindingKind) => this.of(kind).slice(0, each);
    return FINDINGS.flatMap((kind) => first(kind).map((text) => `${kind}: ${text}`));
  }
}
