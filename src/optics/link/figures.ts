/** Reads figures for one evaluation: picks a value from each range, remembers evidence, and collects what is missing. */

import type { EvidenceKind } from '../../base/figure.ts';
import { weakestKind } from '../../base/figure.ts';
import type { RangeFigure } from '../catalogue/catalogue.ts';
import { figureOf, textOf } from '../catalogue/catalogue.ts';
import { outsideDomain } from '../catalogue/domains.ts';
import type { Part } from '../part.ts';

/** Picks one value from a figure; the same part and name must always give the same value within one evaluation. */
export type Choose = (partId: string, name: string, figure: RangeFigure) => number;

export const chooseMidpoint: Choose = (_partId, _name, figure) => figure.value;

/** A figure with one value picked. */
export interface Chosen {
  readonly value: number;
  readonly kind: EvidenceKind;
  readonly source: string;
}

export interface FigureReader {
  /** A figure the evaluation cannot do without; when it is absent it is noted as missing and reads as NaN. */
  need(part: Part, ...names: readonly string[]): Chosen;
  /** The first of the named figures that exists, or `null`. */
  find(part: Part, ...names: readonly string[]): Chosen | null;
  /** A figure, or a default whose reasoning the caller states. */
  or(part: Part, name: string, fallback: { readonly value: number; readonly because: string }): Chosen;
  needText(part: Part, name: string): string;
  text(part: Part, name: string): string | null;
  /** `part.figure` of everything asked for in vain. */
  readonly missing: readonly string[];
  /** Figures that no part can have, each with the reason. */
  readonly impossible: readonly string[];
  /** Weakest evidence read so far. */
  weakest(): EvidenceKind;
}

export function createFigureReader(choose: Choose): FigureReader {
  const missing: string[] = [];
  const impossible: string[] = [];
  const kinds = new Set<EvidenceKind>();
  const find = (part: Part, ...names: readonly string[]): Chosen | null => {
    for (const name of names) {
      const figure = figureOf(part, name);
      if (figure === null) continue;
      kinds.add(figure.kind);
      const value = choose(part.id, name, figure);
      const reason = outsideDomain(name, value);
      if (reason !== null) impossible.push(`${part.id}: ${reason}`);
      return { value, kind: figure.kind, source: figure.source };
    }
    return null;
  };
  const absent = (part: Part, name: string): void => void missing.push(`${part.id}.${name}`);
  return {
    find,
    need(part, ...names) {
      const found = find(part, ...names);
      if (found !== null) return found;
      absent(part, names.join(' or '));
      return { value: Number.NaN, kind: 'estimate', source: 'missing' };
    },
    or(part, name, { value, because }) {
      const found = find(part, name);
      if (found === null) kinds.add('estimate');
      return found ?? { value, kind: 'estimate', source: because };
    },
    needText(part, name) {
      const text = textOf(part, name);
      if (text === null) absent(part, name);
      return text ?? '';
    },
    text: (part, name) => textOf(part, name),
    missing,
    impossible,
    weakest: () => weakestKind(kinds),
  };
}
