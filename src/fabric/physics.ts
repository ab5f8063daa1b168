/** Binds the compiler and the bill to the optics room: what a medium delivers at a length, and what its parts draw, cost and how they fail. */

import type { Figure } from '../base/figure.ts';
import { weakestKind } from '../base/figure.ts';
import type { Parsed } from '../base/issue.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import type { Celsius } from '../base/units.ts';
import { quantity } from '../base/units.ts';
import type { Catalogue } from '../optics/catalogue/catalogue.ts';
import { figureOf, textOf } from '../optics/catalogue/catalogue.ts';
import { evaluateLink } from '../optics/link/evaluate-link.ts';
import type { LinkReport } from '../optics/link/link-report.ts';
import type { BudgetView, LinkRequest } from '../optics/link/request.ts';
import type { Part } from '../optics/part.ts';
import type { FailureModel } from '../optics/reliability/failure-model.ts';
import { failureModelOf } from '../optics/reliability/failure-model.ts';
import { serviceRateOf } from '../optics/reliability/service-rate.ts';
import { settlePart } from '../thermal/part-case.ts';
import { typicalInlet } from '../thermal/steady.ts';
import { compileFabric } from './compile.ts';
import type { CompiledCluster } from './compiled.ts';
import type { ClusterDesign } from './design.ts';
import type { EvaluateMedium, MediumAnswer, MediumQuestion } from './medium.ts';
import type { FindPartFigures, PartFigures } from './part-figures.ts';

export interface PhysicsOptions {
  readonly catalogue: Catalogue;
  /** Standards' worst case, or shipped parts as they typically are. */
  readonly view: BudgetView;
  /** Case temperature of every part, or `null` to settle each part's own from its power. */
  readonly caseTemperatureC: number | null;
  /** Further loss in every optical and copper path, dB: for asking what a decibel is worth. */
  readonly extraLossDb?: number;
}

const dark = (medium: MediumQuestion['medium']): Pick<MediumAnswer, 'rateGbps' | 'slot'> => ({
  rateGbps: new Array<number>(medium.wavelengthsPerLink).fill(0), slot: new Array<number>(medium.wavelengthsPerLink).fill(-1),
});

/**
 * A link carries the first `wavelengthsPerLink` lanes of its part: a 400G link over a twin-port 800G module uses four of eight.
 * Both directions are evaluated where the ends differ, and the weaker one stands for the link. Where the question names no case
 * temperature, each end is settled in its package and the link is judged at the hotter end.
 */
export function createEvaluateMedium(options: PhysicsOptions): EvaluateMedium {
  const { catalogue, view, extraLossDb = 0 } = options;
  const settle = createSettle(options);
  return (question) => {
    const { medium, lengthM, throughPart } = question;
    const near = catalogue.find(medium.near.part);
    const far = catalogue.find(medium.far.part);
    const through = throughPart === null ? undefined : catalogue.find(throughPart);
    const unknown = near === undefined ? medium.near.part : far === undefined ? medium.far.part : throughPart !== null && through === undefined ? throughPart : null;
    if (near === undefined || far === undefined || unknown !== null) {
      return { ...dark(medium), latencyNs: 0, report: null, refusal: refuse('unknown-part', 'never', `The catalogue has no part ${unknown ?? ''}.`) };
    }
    const caseTemperatureC = question.caseTemperatureC ?? Math.max(settle(near), settle(far));
    const fibre = catalogue.find(medium.cablePart);
    const request = (part: Part, farPart: Part): LinkRequest => ({
      part, farPart, catalogue, lengthM, connectors: medium.connectors, caseTemperatureC, view, extraLossDb,
      ...(fibre?.kind === 'fibre' ? { fibrePart: fibre } : {}),
      ...(through === undefined ? {} : { circuit: { switchPart: through, bidirectional: false } }),
    });
    const reports: LinkReport[] = [];
    for (const [part, farPart] of near === far ? [[near, far] as const] : [[near, far] as const, [far, near] as const]) {
      const report = evaluateLink(request(part, farPart));
      if (isRefusal(report)) return { ...dark(medium), latencyNs: 0, report: null, refusal: report };
      reports.push(report);
    }
    return answerOf(medium, reports);
  };
}

/** The report of the weaker direction decides: one that is refused before one that is not, then the smaller margin. */
function answerOf(medium: MediumQuestion['medium'], reports: readonly LinkReport[]): MediumAnswer {
  const [first, ...others] = reports;
  if (first === undefined) throw new Error('a medium is evaluated in at least one direction');
  const weaker = others.reduce((a, b) => (b.refusal !== null && a.refusal === null ? b : (b.refusal === null) === (a.refusal === null) && b.marginDb < a.marginDb ? b : a), first);
  const lanes = weaker.wavelengths.slice(0, medium.wavelengthsPerLink);
  const closes = weaker.refusal === null;
  return {
    rateGbps: lanes.map((lane) => (closes ? lane.usableRateGbps : 0)), slot: lanes.map((lane) => lane.slot ?? -1),
    latencyNs: weaker.latencyNs, refusal: weaker.refusal, report: weaker,
  };
}

/** Length at which a part's power is read: power does not depend on it, and every part closes there. */
const benchLengthM = 1;

/** Power of one end of a part as the link model has it, by sub-part; `null` where the part is no link. */
function endPower(part: Part, { catalogue, view }: PhysicsOptions, caseTemperatureC: number): { readonly report: LinkReport; readonly powerW: number; readonly laserW: number } | null {
  const report = evaluateLink({ part, catalogue, lengthM: benchLengthM, connectors: 0, caseTemperatureC, view });
  if (isRefusal(report)) return null;
  const laser = report.energy.find(({ name }) => name === 'laser')?.pjPerBit ?? 0;
  const inside = report.energy.reduce((sum, { name, pjPerBit }) => (name === 'hostSerdes' ? sum : sum + pjPerBit), 0);
  return { report, powerW: report.powerPerEndW, laserW: inside > 0 ? (report.powerPerEndW * laser) / inside : 0 };
}

/** The rate that the lanes of a part carry, rated. */
const ratedGbpsOf = (part: Part, report: LinkReport): number => report.wavelengths.length * (figureOf(part, 'lane_rate')?.value ?? 0);

/** Light that comes from outside heats its own module and not the engine. */
const isLitFromOutside = (part: Part): boolean => textOf(part, 'laser_placement') === 'external';

/** Case temperature at which each part settles at the typical inlets of air and coolant; one that does not settle stays at the inlet's. */
function createSettle(options: PhysicsOptions): (part: Part) => number {
  const known = new Map<Part, number>();
  return (part) => {
    let caseC = known.get(part);
    if (caseC !== undefined) return caseC;
    const bench = endPower(part, options, typicalInlet.airC.value);
    const settled = settlePart({
      kind: part.kind, capacityGbps: bench === null ? 0 : ratedGbpsOf(part, bench.report),
      powerWAt(temperatureC) {
        const power = endPower(part, options, temperatureC);
        return power === null ? 0 : power.powerW - (isLitFromOutside(part) ? power.laserW : 0);
      },
    });
    // A hundredth of a kelvin is finer than any resistance is known.
    caseC = settled.ok ? Math.round(settled.value.caseC * 100) / 100 : typicalInlet.airC.value;
    known.set(part, caseC);
    return caseC;
  };
}

/** Case temperature at which one part settles at the typical inlets of air and coolant; a part that is no link stands at its air. */
export const settledCaseC = (part: Part, options: Omit<PhysicsOptions, 'caseTemperatureC'>): number => createSettle({ ...options, caseTemperatureC: null })(part);

/** Capacity that a failure model counts by, such as a 400G port; else the whole part. */
function countedGbps({ per }: FailureModel, ratedGbps: number): number {
  const port = /(\d+)G port/.exec(per)?.[1];
  return port === undefined ? ratedGbps : Number(port);
}

/** Power, price and failures of catalogue parts at their case temperature: power by sub-part as the link model splits it, failures by mechanism. */
export function createFindPartFigures(options: PhysicsOptions): FindPartFigures {
  const { catalogue } = options;
  const settle = createSettle(options);
  const known = new Map<string, PartFigures | null>();
  const read = (partId: string): PartFigures | null => {
    const part = catalogue.find(partId);
    if (part === undefined) return null;
    const serviceCaseC = settle(part);
    const caseC = options.caseTemperatureC ?? serviceCaseC;
    const report = endPower(part, options, caseC)?.report;
    const cost = figureOf(part, 'cost_per_gbps');
    const repairH = figureOf(part, 'mttr');
    const model = failureModelOf(part, { serviceCaseC: quantity<Celsius>(serviceCaseC) });
    if (report === undefined || cost === null || !model.ok || figureOf(part, 'lane_rate') === null) return null;
    const ratedGbps = ratedGbpsOf(part, report);
    const failures = serviceRateOf(model.value, quantity<Celsius>(caseC));
    const source = `catalogue part ${partId}`;
    const inside = report.energy.filter((share) => share.name !== 'hostSerdes');
    const host = report.energy.find((share) => share.name === 'hostSerdes');
    const pj = inside.reduce((sum, share) => sum + share.pjPerBit, 0);
    // Gb/s x pJ/bit = mW.
    const powerW: Figure = { value: (pj * ratedGbps) / 1000, unit: 'W', kind: inside.length > 0 ? weakestKind(inside.map((share) => share.kind)) : report.weakestKind, source };
    return {
      ratedGbps, powerW,
      powerShares: pj > 0 ? inside.map((share) => ({ name: share.name, share: share.pjPerBit / pj })) : [],
      costUsd: { value: cost.value * ratedGbps, unit: '$', kind: cost.kind, source: cost.source },
      mtbfH: failures.mtbfH, mtbfGbps: countedGbps(model.value, ratedGbps), failureBasis: failures.basis, laserFailureShare: failures.laserShare,
      ...(repairH === null ? {} : { repairH }),
      hostSerdesPjPerBit: { value: host?.pjPerBit ?? 0, unit: 'pJ/bit', kind: host?.kind ?? 'estimate', source },
    };
  };
  return (partId) => {
    let figures = known.get(partId);
    if (figures === undefined) known.set(partId, (figures = read(partId)));
    return figures;
  };
}

/** Compiles a design with every link judged by the standards' worst case at the design's case temperature, or at its ends' settled ones. */
export const compileWithPhysics = (design: ClusterDesign, catalogue: Catalogue): Parsed<CompiledCluster> =>
  compileFabric(design, { evaluateMedium: createEvaluateMedium({ catalogue, view: 'worst-case', caseTemperatureC: design.caseTemperatureC }) });
