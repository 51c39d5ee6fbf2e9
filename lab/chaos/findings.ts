/** What must never be found, and the few things that are worth a report although no promise speaks of them. */
export const FINDINGS = [
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
] as const;

export type FindingKind = (typeof FINDINGS)[number];

/** Collects what went wrong; a run without findings has kept every promise that it could look at. */
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

  /** Those that were found at all. */
  kinds(): FindingKind[] {
    return FINDINGS.filter((kind) => this.of(kind).length > 0);
  }

  get total(): number {
    return FINDINGS.reduce((sum, kind) => sum + this.of(kind).length, 0);
  }

  /** How many of each kind, also of those of which there are none. */
  counts(): Record<FindingKind, number> {
    return Object.fromEntries(FINDINGS.map((kind) => [kind, this.of(kind).length])) as Record<
      FindingKind,
      number
    >;
  }

  /** A line each, the first few of every kind. */
  lines(each = 5): string[] {
    return FINDINGS.flatMap((kind) =>
      this.of(kind)
        .slice(0, each)
        .map((text) => `${kind}: ${text}`),
    );
  }
}
