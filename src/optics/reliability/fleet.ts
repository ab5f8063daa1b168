/** Failures of parts and fleets at their age and temperature, by mechanism and repair, with field data and predictions kept apart. */

import type { EvidenceKind } from '../../base/figure.ts';
import { weakestKind } from '../../base/figure.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { absoluteZeroC } from '../../base/constants.ts';
import type { FailureModel } from './failure-model.ts';
import { meanFlaps } from './flap.ts';
import type { Exposure, MechanismName, RateBasis, ReplaceableUnit } from './mechanism.ts';
import { accelerationAt, mechanismHazardPerH } from './mechanism.ts';

/** What to do where field data meets predictions: refuse with an issue, or add them and label the sum `mixed`. */
export type EvidenceMixing = 'refuse' | 'label';

export interface FleetEntry {
  readonly model: FailureModel;
  /** How many of what the model counts per. */
  readonly count: number;
  readonly exposure: Exposure;
}

export interface MechanismRate {
  readonly partId: string;
  readonly name: MechanismName;
  readonly replaces: ReplaceableUnit;
  readonly failuresPerDay: number;
  readonly repairHoursPerDay: number;
  readonly basis: RateBasis;
  readonly kind: EvidenceKind;
  readonly source: string;
}

export interface FleetFailures {
  readonly failuresPerDay: number;
  readonly flapsPerDay: number;
  /** Hours that technicians work. */
  readonly repairHoursPerDay: number;
  /** Mean number of parts that wait for their repair at any time (Little's law). */
  readonly partsDown: number;
  /** Most frequent first; ties by part, then mechanism. */
  readonly byMechanism: readonly MechanismRate[];
  readonly basis: RateBasis | 'mixed';
  /** Flaps have evidence of their own, because they are counted apart. */
  readonly flapBasis: RateBasis | 'mixed' | null;
  readonly weakestKind: EvidenceKind;
}

function entryIssues({ model, count, exposure }: FleetEntry, row: number): readonly Issue[] {
  const issues: Issue[] = [];
  const demand = (holds: boolean, key: string, message: string, value: number): void => {
    if (!holds) issues.push({ code: 'bad-exposure', path: `entries[${row}].${key}`, message: `${message} (part "${model.partId}")`, remedy: 'Give a finite number in that range', value: String(value) });
  };
  demand(Number.isFinite(count) && count >= 0, 'count', 'A count must be at least 0', count);
  demand(Number.isFinite(exposure.ageH) && exposure.ageH >= 0, 'exposure.ageH', 'An age must be at least 0 h', exposure.ageH);
  demand(Number.isFinite(exposure.temperatureC) && exposure.temperatureC > absoluteZeroC, 'exposure.temperatureC', 'A temperature must be above absolute zero', exposure.temperatureC);
  return issues;
}

function rates(entry: FleetEntry): readonly MechanismRate[] {
  const { model, count, exposure } = entry;
  return model.mechanisms.map((mechanism) => {
    const effectiveAgeH = exposure.ageH * accelerationAt(mechanism, exposure.temperatureC);
    const failuresPerDay = count * 24 * mechanismHazardPerH(mechanism, { effectiveAgeH, temperatureC: exposure.temperatureC });
    const { name, replaces, repairH, basis, kind, source } = mechanism;
    return { partId: model.partId, name, replaces, failuresPerDay, repairHoursPerDay: failuresPerDay * repairH, basis, kind, source };
  });
}

function jointBasis(bases: Iterable<RateBasis>): RateBasis | 'mixed' | null {
  const [first, ...others] = new Set(bases);
  if (first === undefined) return null;
  return others.length > 0 ? 'mixed' : first;
}

/** Bases of a set of rates as a sentence that names who brought which. */
const basisSentence = (all: readonly { readonly partId: string; readonly basis: RateBasis }[]): string =>
  (['field', 'predicted'] as const).map((basis) => `${basis}: ${[...new Set(all.filter((rate) => rate.basis === basis).map((rate) => rate.partId))].join(', ')}`).join('; ');

/**
 * Mean failures, flaps and repair work of a fleet. Issues: `bad-exposure`; `mixed-evidence` where rates from the field would be
 * added to predicted ones and the caller has not asked for a labelled sum: predictions are about ten times too good.
 */
export function fleetFailures(entries: readonly FleetEntry[], mixing: EvidenceMixing): Parsed<FleetFailures> {
  const broken = entries.flatMap(entryIssues);
  if (broken.length > 0) return rejected(...broken);
  const used = entries.filter((entry) => entry.count > 0);
  const byMechanism = used.flatMap(rates).sort((a, b) => b.failuresPerDay - a.failuresPerDay || (a.partId < b.partId ? -1 : a.partId > b.partId ? 1 : a.name < b.name ? -1 : 1));
  const basis = jointBasis(byMechanism.map((rate) => rate.basis)) ?? 'field';
  const flaps = used.flatMap(({ model, count }) => (model.flap === null ? [] : [{ partId: model.partId, basis: model.flap.basis, perDay: count * meanFlaps(model.flap, 24), kind: model.flap.interval.kind }]));
  const flapBasis = jointBasis(flaps.map((flap) => flap.basis));
  if (mixing === 'refuse') {
    const issues: Issue[] = [];
    for (const [path, mixed, all] of [['hard failures', basis, byMechanism], ['flaps', flapBasis, flaps]] as const) {
      if (mixed !== 'mixed') continue;
      const message = `Rates seen in the field and predicted ones would be added (${basisSentence(all)})`;
      issues.push({ code: 'mixed-evidence', path, message, remedy: 'Use one basis for all parts, or ask for a sum that is labelled mixed' });
    }
    if (issues.length > 0) return rejected(...issues);
  }
  const repairHoursPerDay = byMechanism.reduce((sum, rate) => sum + rate.repairHoursPerDay, 0);
  return parsed({
    failuresPerDay: byMechanism.reduce((sum, rate) => sum + rate.failuresPerDay, 0),
    flapsPerDay: flaps.reduce((sum, flap) => sum + flap.perDay, 0),
    repairHoursPerDay, partsDown: repairHoursPerDay / 24,
    byMechanism, basis, flapBasis, weakestKind: weakestKind([...byMechanism.map((rate) => rate.kind), ...flaps.map((flap) => flap.kind)]),
  });
}

/** Failures per hour of one part over all mechanisms; the same rules as for a fleet of one. */
export function partHazardPerH(model: FailureModel, exposure: Exposure, mixing: EvidenceMixing): Parsed<{ readonly perH: number; readonly basis: RateBasis | 'mixed' }> {
  const fleet = fleetFailures([{ model: { ...model, flap: null }, count: 1, exposure }], mixing);
  return fleet.ok ? parsed({ perH: fleet.value.failuresPerDay / 24, basis: fleet.value.basis }) : fleet;
}
