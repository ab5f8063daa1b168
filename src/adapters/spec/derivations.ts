/** Notes where values came from that stand neither in a file nor in the table of defaults. */

/** A value that was worked out from others, or taken from known equipment with its source. */
export interface Derivation {
  readonly path: string;
  /** With its unit. */
  readonly value: string;
  readonly origin: 'derived' | 'preset';
  /** The rule and the values it used, or the source of the preset. */
  readonly from: string;
}

export interface DerivationNotes {
  derived(path: string, value: string | number, from: string): void;
  preset(path: string, value: string | number, from: string): void;
  readonly list: readonly Derivation[];
}

export function createDerivationNotes(): DerivationNotes {
  const list: Derivation[] = [];
  const note = (origin: Derivation['origin']) => (path: string, value: string | number, from: string): void => {
    list.push({ path, value: String(value), origin, from });
  };
  return { derived: note('derived'), preset: note('preset'), list };
}
