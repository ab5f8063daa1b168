/** The failure mechanisms of a catalogue part, from its stated MTBF or FIT, split by mechanism and repair. */

import type { Figure } from '../../base/figure.ts';
import { weakestKind } from '../../base/figure.ts';
import type { Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { Celsius } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { figureOf, textOf } from '../catalogue/catalogue.ts';
import type { Part } from '../part.ts';
import type { LifeDistribution, LifeTarget } from './distribution.ts';
import { fitLife } from './distribution.ts';
import {
  activationEnergies, basisOf, contaminationShare, defaultReferenceC, fieldFlapInterval, fieldLinkMtbf, hardFailureShares, laserWearShare, laserWearSigma, repairTimes, serviceLifeH, solderWeibullShape,
} from './evidence.ts';
import type { FlapProcess } from './flap.ts';
import { flapProcess } from './flap.ts';
import type { Mechanism, MechanismName, ReplaceableUnit } from './mechanism.ts';

export interface FailureModel {
  readonly partId: string;
  /** What the rates are counted per: `module`, `400G port`, `chassis`, `laser`, `laser module`. */
  readonly per: string;
  readonly mechanisms: readonly Mechanism[];
  /** Source of the figure that the rates come from. */
  readonly statedBy: string;
  /** `null` where the catalogue states none. */
  readonly flap: FlapProcess | null;
}

export interface LaserSparing {
  /** Lasers in the module, spares included. */
  readonly lasers: number;
  readonly spares: number;
}

export interface FailureSetting {
  /** For laser sources; by default the lasers that the part states, without spares. */
  readonly sparing?: LaserSparing;
  /**
   * Case temperature at which parts of this kind usually serve. A rate that was counted in service, or estimated from such
   * counts, holds there: a fleet's own heat is in its figure already, and derating it from a cool reference would count heat
   * twice. A vendor's prediction holds at the reference case that predictions use.
   */
  readonly serviceCaseC?: Celsius;
}

/** A mechanism whose cumulative hazard over a service life is the given share of a stated failure rate. */
interface ShareSetting {
  readonly name: MechanismName;
  readonly mtbf: Figure;
  readonly share: Figure;
  readonly activationEnergyEv: number;
  readonly referenceC: Celsius;
  readonly replaces: ReplaceableUnit;
}

const laserWear = { kind: 'lognormal', sigma: laserWearSigma.value } as const;

function lifeOf(name: MechanismName, target: LifeTarget): LifeDistribution {
  switch (name) {
    case 'laserWearOut': return fitLife(laserWear, target);
    case 'solder': return fitLife({ kind: 'weibull', shape: solderWeibullShape.value }, target);
    case 'laser': {
      const wear = laserWearShare.value * target.hazard;
      return { kind: 'competing', causes: [fitLife({ kind: 'exponential' }, { ...target, hazard: target.hazard - wear }), fitLife(laserWear, { ...target, hazard: wear })] };
    }
    default: return fitLife({ kind: 'exponential' }, target);
  }
}

function sharedMechanism({ name, mtbf, share, activationEnergyEv, referenceC, replaces }: ShareSetting): Mechanism {
  const ageH = serviceLifeH.value;
  const life = lifeOf(name, { ageH, hazard: (share.value * ageH) / mtbf.value });
  return {
    name, units: 1, spares: 0, life, activationEnergyEv, referenceC, replaces, repairH: quantity(repairTimes[replaces].value),
    basis: basisOf(mtbf), kind: weakestKind([mtbf.kind, share.kind]), source: share.source === '' ? mtbf.source : `${mtbf.source}; ${share.source}`,
  };
}

const whole: Figure = { value: 1, unit: '', kind: 'measured', source: '' };

/** Where lasers and engine are exchanged apart, and where one swap takes both. */
function replaceableUnits(part: Part): { readonly laser: ReplaceableUnit; readonly body: ReplaceableUnit } {
  if (part.kind === 'cpo' || part.kind === 'npo') return { laser: 'laserModule', body: 'switch' };
  if (part.kind.startsWith('optical-io')) return { laser: 'laserModule', body: 'package' };
  const isCable = part.kind === 'copper' || /cable/i.test(textOf(part, 'fru') ?? '');
  return isCable ? { laser: 'cable', body: 'cable' } : { laser: 'module', body: 'module' };
}

/** Capacity or body that the stated MTBF belongs to; co-packaged optics are counted by 400G port as Meta counts device-hours. */
function countedPer(part: Part, unit: string): string {
  const stated = /per (.+)$/.exec(unit)?.[1];
  if (stated !== undefined) return stated;
  if (part.kind === 'cpo' || part.kind === 'npo') return '400G port';
  return part.kind === 'ocs' ? 'chassis' : replaceableUnits(part).body;
}

function flapOf(part: Part): FlapProcess | null {
  const interval = figureOf(part, 'flap_mtbf');
  if (interval === null) return null;
  return flapProcess(interval, basisOf(interval));
}

/** Where the stated rate holds. */
function referenceOf(part: Part, mtbf: Figure, serviceCaseC: Celsius | undefined): Celsius {
  const isVendorPrediction = mtbf.kind === 'published' && basisOf(mtbf) === 'predicted';
  return serviceCaseC === undefined || isVendorPrediction ? quantity<Celsius>(figureOf(part, 'ref_case_temp')?.value ?? defaultReferenceC.value) : serviceCaseC;
}

function mechanismsFromMtbf(part: Part, mtbf: Figure, serviceCaseC: Celsius | undefined): readonly Mechanism[] {
  const referenceC = referenceOf(part, mtbf, serviceCaseC);
  const partEv = figureOf(part, 'ea')?.value ?? 0;
  const { laser, body } = replaceableUnits(part);
  // One rate stands for everything where a part has no laser, counts its spares already, or is a chassis of mirrors.
  if (part.kind === 'copper' || part.kind === 'ocs' || part.kind === 'awgr' || /spares/.test(mtbf.unit)) {
    const replaces = part.kind === 'ocs' || part.kind === 'awgr' ? 'chassis' : body;
    return [sharedMechanism({ name: 'hardware', mtbf, share: whole, activationEnergyEv: partEv, referenceC, replaces })];
  }
  const shares = hardFailureShares;
  const contamination: Figure = { ...contaminationShare, value: contaminationShare.value / (1 - contaminationShare.value) };
  const open = body === 'cable' ? [] : [sharedMechanism({ name: 'contamination', mtbf, share: contamination, activationEnergyEv: 0, referenceC, replaces: 'connector' })];
  return [
    sharedMechanism({ name: 'laserRandom', mtbf, share: shares.laserRandom, activationEnergyEv: activationEnergies.laser.value, referenceC, replaces: laser }),
    sharedMechanism({ name: 'laserWearOut', mtbf, share: shares.laserWearOut, activationEnergyEv: activationEnergies.laser.value, referenceC, replaces: laser }),
    sharedMechanism({ name: 'electronics', mtbf, share: shares.electronics, activationEnergyEv: partEv > 0 ? partEv : activationEnergies.electronics.value, referenceC, replaces: body }),
    sharedMechanism({ name: 'solder', mtbf, share: shares.solder, activationEnergyEv: 0, referenceC, replaces: body }),
    ...open,
  ];
}

/** A laser source states the FIT of one laser or pump at a temperature; its lasers may include spares. */
function laserSourceMechanism(part: Part, fit: Figure, { lasers, spares }: LaserSparing): Mechanism {
  const referenceC = quantity<Celsius>(Number(/at (-?\d+) C/.exec(fit.unit)?.[1] ?? defaultReferenceC.value));
  const mtbf: Figure = { ...fit, value: 1e9 / fit.value, unit: 'h' };
  const activationEnergyEv = figureOf(part, 'ea')?.value ?? activationEnergies.laser.value;
  return { ...sharedMechanism({ name: 'laser', mtbf, share: whole, activationEnergyEv, referenceC, replaces: 'laserModule' }), units: lasers, spares };
}

function defaultSparing(part: Part): LaserSparing {
  const stated = figureOf(part, 'lasers');
  return { lasers: stated === null ? 1 : Math.max(1, Math.round(stated.value)), spares: 0 };
}

/**
 * The failure model of a part. Issues: `no-failure-data` where the part states neither MTBF nor FIT, `bad-failure-data` where
 * the figure is not above 0, `bad-sparing` for spares that leave no working laser.
 */
export function failureModelOf(part: Part, { sparing = defaultSparing(part), serviceCaseC }: FailureSetting = {}): Parsed<FailureModel> {
  const mtbf = figureOf(part, 'mtbf');
  const fit = figureOf(part, 'fit');
  const stated = mtbf ?? fit;
  if (stated === null) {
    return rejected({ code: 'no-failure-data', path: part.id, message: `Part "${part.id}" states neither mtbf nor fit`, remedy: 'Give the part an mtbf in h or a fit, with its source' });
  }
  if (!(stated.value > 0 && Number.isFinite(stated.value))) {
    return rejected({ code: 'bad-failure-data', path: `${part.id}.${mtbf === null ? 'fit' : 'mtbf'}`, message: 'A failure figure must be above 0', remedy: 'Give a finite figure above 0', value: String(stated.value) });
  }
  if (mtbf !== null) return parsed({ partId: part.id, per: countedPer(part, mtbf.unit), mechanisms: mechanismsFromMtbf(part, mtbf, serviceCaseC), statedBy: mtbf.source, flap: flapOf(part) });
  const { lasers, spares } = sparing;
  if (!Number.isSafeInteger(lasers) || !Number.isSafeInteger(spares) || lasers < 1 || spares < 0 || spares >= lasers) {
    const message = `${spares} spares among ${lasers} lasers leave no laser in use`;
    return rejected({ code: 'bad-sparing', path: part.id, message, remedy: 'Give whole numbers with fewer spares than lasers', value: `${lasers}, ${spares}` });
  }
  return parsed({ partId: part.id, per: part.kind === 'laser' && lasers === 1 ? 'laser' : 'laser module', mechanisms: [laserSourceMechanism(part, stated, sparing)], statedBy: stated.source, flap: flapOf(part) });
}

/** A link between server and switch as fields report it: hard failures and flaps, both ends together. */
export const fieldLinkModel: FailureModel = {
  partId: 'field-link', per: 'link', statedBy: fieldLinkMtbf.source, flap: flapProcess(fieldFlapInterval, 'field'),
  mechanisms: [sharedMechanism({
    name: 'hardware', mtbf: fieldLinkMtbf, share: whole, activationEnergyEv: activationEnergies.electronics.value, referenceC: quantity(defaultReferenceC.value), replaces: 'module',
  })],
};
