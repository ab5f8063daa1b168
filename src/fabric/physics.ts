/** Binds the compiler and the bill to the optics room: what a medium delivers at a length, and what its parts draw, cost and how they fail. */

import type { Figure } from '../base/figure.ts';
import { weakestKind } from '../base/figure.ts';
import type { Parsed } from '../base/issue.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import type { Catalogue, RangeFigure } from '../optics/catalogue/catalogue.ts';
import { figureOf } from '../optics/catalogue/catalogue.ts';
import { evaluateLink } from '../optics/link/evaluate-link.ts';
import type { LinkReport } from '../optics/link/link-report.ts';
import type { BudgetView, LinkRequest } from '../optics/link/request.ts';
import type { Part } from '../optics/part.ts';
import { compileFabric } from './compile.ts';
import type { CompiledCluster } from './compiled.ts';
import type { ClusterDesign } from './design.ts';
import type { EvaluateMedium, MediumAnswer, MediumQuestion } from './medium.ts';
import type { FindPartFigures, PartFigures } from './part-figures.ts';

export interface PhysicsOptions {
  readonly catalogue: Catalogue;
  /** Standards' worst case, or shipped parts as they typically are. */
  readonly view: BudgetView;
  /** Case temperature for the power of parts, as the design states it for links. */
  readonly caseTemperatureC: number;
  /** Further loss in every optical and copper path, dB: for asking what a decibel is worth. */
  readonly extraLossDb?: number;
}

const dark = (medium: MediumQuestion['medium']): Pick<MediumAnswer, 'rateGbps' | 'slot'> => ({
  rateGbps: new Array<number>(medium.wavelengthsPerLink).fill(0), slot: new Array<number>(medium.wavelengthsPerLink).fill(-1),
});

/**
 * A link carries the first `wavelengthsPerLink` lanes of its part: a 400G link over a twin-port 800G module uses four of eight.
 * Both directions are evaluated where the ends differ, and the weaker one stands for the link.
 */
export function createEvaluateMedium(options: PhysicsOptions): EvaluateMedium {
  const { catalogue, view, extraLossDb = 0 } = options;
  return (question) => {
    const { medium, lengthM, caseTemperatureC, throughPart } = question;
    const near = catalogue.find(medium.near.part);
    const far = catalogue.find(medium.far.part);
    const through = throughPart === null ? undefined : catalogue.find(throughPart);
    const unknown = near === undefined ? medium.near.part : far === undefined ? medium.far.part : throughPart !== null && through === undefined ? throughPart : null;
    if (near === undefined || far === undefined || unknown !== null) {
      return { ...dark(medium), latencyNs: 0, report: null, refusal: refuse('unknown-part', 'never', `The catalogue has no part ${unknown ?? ''}.`) };
    }
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

/** Laser share of module failures, 0.4 to 0.6 (engineering estimate; no field statistics by sub-part are published). */
const laserFailureShare = 0.5;

/** Capacity that an MTBF belongs to: stated in its unit, per 400G port for co-packaged optics (as Meta counts device-hours), else the whole part. */
function mtbfGbps(part: Part, mtbf: RangeFigure, ratedGbps: number): number {
  const stated = /per (\d+)G port/.exec(mtbf.unit)?.[1];
  if (stated !== undefined) return Number(stated);
  return part.kind === 'cpo' || part.kind === 'npo' ? 400 : ratedGbps;
}

/** Power, price and failures of catalogue parts, power by sub-part as the link model splits it. */
export function createFindPartFigures(options: PhysicsOptions): FindPartFigures {
  const { catalogue, view, caseTemperatureC } = options;
  const known = new Map<string, PartFigures | null>();
  const read = (partId: string): PartFigures | null => {
    const part = catalogue.find(partId);
    if (part === undefined) return null;
    const report = evaluateLink({ part, catalogue, lengthM: benchLengthM, connectors: 0, caseTemperatureC, view });
    const cost = figureOf(part, 'cost_per_gbps');
    const mtbf = figureOf(part, 'mtbf');
    const laneRate = figureOf(part, 'lane_rate');
    if (isRefusal(report) || cost === null || mtbf === null || laneRate === null) return null;
    const ratedGbps = report.wavelengths.length * laneRate.value;
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
      mtbfH: { value: mtbf.value, unit: 'h', kind: mtbf.kind, source: mtbf.source }, mtbfGbps: mtbfGbps(part, mtbf, ratedGbps), laserFailureShare,
      hostSerdesPjPerBit: { value: host?.pjPerBit ?? 0, unit: 'pJ/bit', kind: host?.kind ?? 'estimate', source },
    };
  };
  return (partId) => {
    let figures = known.get(partId);
    if (figures === undefined) known.set(partId, (figures = read(partId)));
    return figures;
  };
}

/** Compiles a design with every link judged by the standards' worst case at the design's case temperature. */
export const compileWithPhysics = (design: ClusterDesign, catalogue: Catalogue): Parsed<CompiledCluster> =>
  compileFabric(design, { evaluateMedium: createEvaluateMedium({ catalogue, view: 'worst-case', caseTemperatureC: design.caseTemperatureC }) });
