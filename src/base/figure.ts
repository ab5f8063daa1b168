/** A number with its birth certificate: value, unit, kind of evidence and source. */

/** How a figure came to be known, from strongest to weakest. */
export type EvidenceKind = 'measured' | 'published' | 'estimate';

export const evidenceKinds: readonly EvidenceKind[] = ['measured', 'published', 'estimate'];

/** A sourced number. `unit` is printed as it stands; `source` names where a reader can check it. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly kind: EvidenceKind;
  readonly source: string;
}

/** The weakest evidence among several: a conclusion is only as good as the worst number it used. */
export function weakestKind(kinds: Iterable<EvidenceKind>): EvidenceKind {
  let weakest = 0;
  for (const kind of kinds) weakest = Math.max(weakest, evidenceKinds.indexOf(kind));
  return evidenceKinds[weakest] ?? 'measured';
}
