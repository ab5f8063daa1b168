/** The case temperature at which an installed part settles, from its own power and the air or coolant that reaches it. */

import type { EvidenceKind } from '../base/figure.ts';
import type { Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import { enginePackageGbps, packageForPart } from './package-catalogue.ts';
import { scaledPackage } from './package-type.ts';
import type { SteadyQuestion } from './steady.ts';
import { steadyCaseTemperature, typicalInlet } from './steady.ts';

export interface InstalledPart {
  /** Kind of the catalogue part. */
  readonly kind: string;
  /** Both what the part carries here and what its power belongs to. */
  readonly capacityGbps: number;
  /** Power of the part at a case temperature, external light excluded. */
  powerWAt(caseC: number): number;
}

export interface PartCase {
  readonly caseC: number;
  /** Package that was settled, or `null` for a part that makes no heat and so stands at the air around it. */
  readonly packageId: string | null;
  readonly kind: EvidenceKind;
}

/** Engines and packages whose size follows their capacity. */
const isEngine = (packageId: string): boolean => packageId === 'cpo-engine-liquid' || packageId === 'comb-engine-liquid';

const roundsMax = 30;
const toleranceK = 1e-3;

/**
 * Settles a part: its power warms its case, and its case changes its power (lasers, heaters, coolers), until both agree.
 * Issue codes: those of `steadyCaseTemperature`, and `thermal-runaway` where each round is warmer than the one before.
 */
export function settlePart(part: InstalledPart, inlet: Pick<SteadyQuestion, 'airC' | 'airPreheatK' | 'coolantC'> = {}): Parsed<PartCase> {
  const airC = (inlet.airC ?? typicalInlet.airC.value) + (inlet.airPreheatK ?? typicalInlet.airPreheatK.value);
  let caseC = airC;
  for (let round = 0; round < roundsMax; round++) {
    const powerW = part.powerWAt(caseC);
    const type = packageForPart({ kind: part.kind, powerW });
    if (type === null) return parsed({ caseC: airC, packageId: null, kind: 'estimate' });
    const settled = steadyCaseTemperature({ package: isEngine(type.id) ? scaledPackage(type, part.capacityGbps / enginePackageGbps) : type, powerW, ...inlet });
    if (!settled.ok) return settled;
    if (Math.abs(settled.value.caseC - caseC) <= toleranceK) return parsed({ caseC: settled.value.caseC, packageId: type.id, kind: settled.value.kind });
    caseC = settled.value.caseC;
  }
  const message = 'Power and case temperature of this part do not settle';
  return rejected({ code: 'thermal-runaway', path: 'caseTemperature', message, remedy: 'Cool it better or state its case temperature', value: `${caseC.toFixed(0)} °C` });
}
