/** Wavelength grids: the slots that a standard gives to the carriers of one fibre. */

import type { EvidenceKind } from '../../base/figure.ts';
import { frequencyGhz, wavelengthNm } from '../formulas/spectrum.ts';

export type GridDirection = 'forward' | 'reverse';

export interface GridSlot {
  /** Row in the grid, from 0, shortest wavelength first within a direction. */
  readonly slot: number;
  readonly wavelengthNm: number;
  /** Which way light runs in a bidirectional fibre; all slots of other grids are `forward`. */
  readonly direction: GridDirection;
}

export interface Grid {
  /** Kebab-case, e.g. `cw-wdm-16`. */
  readonly id: string;
  readonly name: string;
  readonly slots: readonly GridSlot[];
  /** How far a line may stray from the centre of its slot. */
  readonly halfWindowNm: number;
  readonly kind: EvidenceKind;
  readonly source: string;
  readonly note?: string;
}

const slotsAt = (direction: GridDirection, wavelengthsNm: readonly number[]): readonly Omit<GridSlot, 'slot'>[] => wavelengthsNm.map((at) => ({ wavelengthNm: at, direction }));

const numbered = (...groups: readonly (readonly Omit<GridSlot, 'slot'>[])[]): readonly GridSlot[] => groups.flat().map((entry, slot) => ({ slot, ...entry }));

export interface UniformGridSetting {
  readonly id: string;
  readonly name: string;
  readonly centreNm: number;
  readonly spacingGhz: number;
  readonly lines: number;
  readonly kind: EvidenceKind;
  readonly source: string;
  readonly note?: string;
}

/** Lines at equal steps of frequency around a centre; the window of a line is a quarter of the spacing on either side. */
export function uniformGrid({ centreNm, spacingGhz, lines, ...described }: UniformGridSetting): Grid {
  const centreGhz = frequencyGhz(centreNm);
  const wavelengthsNm = Array.from({ length: lines }, (_, row) => wavelengthNm(centreGhz - (row - (lines - 1) / 2) * spacingGhz));
  return { ...described, slots: numbered(slotsAt('forward', wavelengthsNm)), halfWindowNm: centreNm - wavelengthNm(centreGhz + spacingGhz / 4) };
}

const cwWdmCentreNm = 1310;

const cwWdm = (lines: number, spacingGhz: number): Grid =>
  uniformGrid({
    id: `cw-wdm-${lines}`, name: `CW-WDM ${lines} x ${spacingGhz} GHz`, centreNm: cwWdmCentreNm, spacingGhz, lines,
    kind: 'estimate', source: 'CW-WDM MSA rev 1.0 (2021) for count and spacing',
    note: 'The centre of 1310 nm and the window are estimates: the centre frequencies of the agreement were not at hand.',
  });

export const cwdm4: Grid = {
  id: 'cwdm4', name: 'CWDM4', slots: numbered(slotsAt('forward', [1271, 1291, 1311, 1331])), halfWindowNm: 6.5,
  kind: 'published', source: 'CWDM4 MSA technical specification; IEEE 802.3cu; ITU-T G.694.2',
};

/** Four lines each way on one fibre. */
export const oci4x4: Grid = {
  id: 'oci-4x4', name: 'OCI 4 + 4 bidirectional',
  slots: numbered(slotsAt('forward', [1308, 1310.28, 1312.58, 1314.88]), slotsAt('reverse', [1327.69, 1330.05, 1332.41, 1334.78])), halfWindowNm: 0.2,
  kind: 'published', source: 'OCI MSA v1.0 (March 2026) as reported by convergedigest and Lightwave',
};

export const grids: readonly Grid[] = [cwdm4, cwWdm(8, 400), cwWdm(16, 200), cwWdm(32, 100), oci4x4];

export const findGrid = (id: string): Grid | undefined => grids.find((grid) => grid.id === id);

/** Distance of a slot to its nearest neighbour in the grid, as frequency; infinite for a lone slot. */
export function neighbourSpacingGhz(grid: Grid, slot: number): number {
  const own = grid.slots[slot];
  if (own === undefined) throw new RangeError(`slot ${slot} of ${grid.id}`);
  let nearestGhz = Infinity;
  for (const other of grid.slots) {
    if (other.slot !== slot) nearestGhz = Math.min(nearestGhz, Math.abs(frequencyGhz(own.wavelengthNm) - frequencyGhz(other.wavelengthNm)));
  }
  return nearestGhz;
}
