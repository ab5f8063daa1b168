/** What a thermal event does to one package: case, ring, laser, link margin, hazard, and when each limit is met. */

import { isRefusal } from '../base/refusal.ts';
import type { Celsius } from '../base/units.ts';
import { quantity } from '../base/units.ts';
import type { EvaluateMedium, MediumUse } from '../fabric/medium.ts';
import type { Catalogue } from '../optics/catalogue/catalogue.ts';
import type { Part } from '../optics/part.ts';
import { failureModelOf } from '../optics/reliability/failure-model.ts';
import { rateRatio } from '../optics/reliability/service-rate.ts';
import type { Courses, PlacedPackage } from '../thermal/cluster-course.ts';
import { emitterOf, laserChangeDb, laserPowerRatio, ringDriftGhz, ringLockOf, ringStateAt } from '../thermal/light-response.ts';
import { shutdownAboveLimitK } from './thermal-limits.ts';
import { laserSurfaceNode } from '../thermal/package-type.ts';
import { clockRatioUnderCap } from '../thermal/power-cap.ts';
import { evaluateSum } from '../thermal/response.ts';
import type { ClockOutcome, LaserOutcome, LimitTime, LinkOutcome, PackageOutcome, RingOutcome } from './thermal-result.ts';

export interface OutcomeQuestion {
  readonly name: string;
  readonly packageType: string;
  readonly part: Part | null;
  readonly placed: PlacedPackage;
  /** The link of this package with the least margin, or `null` for packages that end no link. */
  readonly use: MediumUse | null;
  readonly evaluateMedium: EvaluateMedium;
  readonly catalogue: Catalogue;
  readonly courses: Courses;
  readonly durationS: number;
  readonly powerW: number;
  readonly caseC: readonly number[];
}

/** Catalogue ids of the ring and the laser that packages carry when their part names no laser of its own. */
export const ringPart = 'mrm';
export const laserPart = 'dfb-cw';

/** Steps in which a margin's first zero is sought before bisection; margins of ring links need not fall evenly. */
const marginScanSteps = 12;
const marginToleranceK = 1e-3;

interface Span {
  readonly nowC: number;
  readonly endC: number;
  readonly settledC: number;
}

function spanOf({ courses, placed, durationS }: OutcomeQuestion, node: string): Span {
  const course = courses.courseOf(placed, node);
  return { nowC: evaluateSum(course, 0), endC: evaluateSum(course, durationS), settledC: course.offsetC };
}

/** A use at a case temperature, as the link model sees it. */
function linkAt({ evaluateMedium }: OutcomeQuestion, use: MediumUse, caseC: number): LinkOutcome {
  const answer = evaluateMedium({ medium: use.medium, lengthM: use.lengthM, throughPart: use.throughPart, caseTemperatureC: caseC });
  const finite = (value: number | undefined): number | null => (value !== undefined && Number.isFinite(value) ? value : null);
  return {
    marginDb: finite(answer.report?.marginDb), preFecBer: finite(answer.report?.preFecBer),
    usableRateGbps: answer.rateGbps.reduce((sum, rate) => sum + rate, 0), refusal: answer.refusal?.reasons[0] ?? null,
  };
}

/** The first case temperature on the way from now to the settled one at which the margin is gone, or `null`. */
function marginZeroC(question: OutcomeQuestion, span: Span): number | null {
  const { use } = question;
  if (use === null) return null;
  // No margin at all is a link that is gone.
  const margin = (caseC: number): number => linkAt(question, use, caseC).marginDb ?? -Infinity;
  if (margin(span.nowC) <= 0) return span.nowC;
  for (let step = 1; step <= marginScanSteps; step++) {
    let spent = span.nowC + ((span.settledC - span.nowC) * step) / marginScanSteps;
    if (margin(spent) > 0) continue;
    let held = span.nowC + ((span.settledC - span.nowC) * (step - 1)) / marginScanSteps;
    while (Math.abs(spent - held) > marginToleranceK) {
      const middle = (held + spent) / 2;
      if (margin(middle) > 0) held = middle;
      else spent = middle;
    }
    return spent;
  }
  return null;
}

function ringOutcome(question: OutcomeQuestion, limits: LimitTime[]): RingOutcome | null {
  const node = question.placed.group.group.type.ringNode;
  const ring = question.catalogue.find(ringPart);
  if (node === null || question.part === null || ring === undefined) return null;
  const lock = ringLockOf({ engine: question.part, ring });
  // Engines with Mach-Zehnder or electro-absorption modulators carry no rings and say so by having no ring figures.
  if (!lock.ok) return null;
  const span = spanOf(question, node);
  const end = ringStateAt(lock.value, { ringC: span.endC });
  limits.push({ name: 'heater exhausted', node, limitC: lock.value.hotC, timeS: question.courses.timeToThresholdS(question.placed, node, { limitC: lock.value.hotC, direction: 'rising', horizonS: Infinity }) });
  return {
    nowC: span.nowC, endC: span.endC, driftGhz: ringDriftGhz(lock.value, span.endC - span.nowC),
    heaterNowMw: ringStateAt(lock.value, { ringC: span.nowC }).heaterMw, heaterEndMw: end.heaterMw, exhausted: end.exhausted, driftLossDb: end.driftLossDb,
  };
}

function laserOutcome(question: OutcomeQuestion): LaserOutcome | null {
  const node = laserSurfaceNode(question.placed.group.group.type);
  const laser = question.catalogue.find(laserPart);
  const emitter = laser === undefined ? null : emitterOf(laser);
  if (node === null || emitter === null || !emitter.ok) return null;
  const { nowC, endC } = spanOf(question, node);
  const change = laserChangeDb(emitter.value, endC);
  const ratio = laserPowerRatio(emitter.value, { nowC: endC, referenceC: nowC });
  return {
    nowC, endC, changeDb: isRefusal(change) ? null : change, powerRatio: isRefusal(ratio) ? null : ratio,
    refusal: isRefusal(change) ? change.reasons.join(' ') : null,
  };
}

/** Name of the die node of accelerators in the package catalogue. */
const acceleratorDie = 'gpu';

function clockOutcome(question: OutcomeQuestion): ClockOutcome | null {
  if (!question.placed.group.group.type.nodes.some(({ name }) => name === acceleratorDie)) return null;
  const { nowC, endC } = spanOf(question, acceleratorDie);
  const now = clockRatioUnderCap(nowC);
  const end = clockRatioUnderCap(endC);
  return { nowC, endC, ratio: isRefusal(now) || isRefusal(end) ? null : end / now };
}

/** By the mechanisms of the part's failure model; adapters and accelerators, which have none, by the general wear-out energy. */
function hazardRatioOf(part: Part | null, { nowC, endC }: Span): number {
  const model = part === null ? null : failureModelOf(part, { serviceCaseC: quantity<Celsius>(nowC) });
  return rateRatio(model?.ok === true ? model.value : null, { nowC: quantity<Celsius>(nowC), endC: quantity<Celsius>(endC) });
}

/** Assembles the outcome of one followed package. */
export function packageOutcome(question: OutcomeQuestion): PackageOutcome {
  const { placed, courses } = question;
  const { type } = placed.group.group;
  const span = spanOf(question, type.caseNode);
  const rising = (limitC: number): number | null => courses.timeToThresholdS(placed, type.caseNode, { limitC, direction: 'rising', horizonS: Infinity });
  const offC = type.caseLimitC.value + shutdownAboveLimitK;
  const shutdown = span.endC > offC ? { caseC: offC, timeS: rising(offC) } : null;
  const limits: LimitTime[] = [{ name: 'case limit', node: type.caseNode, limitC: type.caseLimitC.value, timeS: rising(type.caseLimitC.value) }];
  const ring = ringOutcome(question, limits);
  const spentC = marginZeroC(question, span);
  if (spentC !== null) {
    const direction = span.settledC >= span.nowC ? 'rising' : 'falling';
    limits.push({ name: 'link margin zero', node: type.caseNode, limitC: spentC, timeS: courses.timeToThresholdS(placed, type.caseNode, { limitC: spentC, direction, horizonS: Infinity }) });
  }
  return {
    name: question.name, packageType: question.packageType, alike: placed.group.group.count, part: question.part?.id ?? '', powerW: question.powerW,
    caseNowC: span.nowC, caseEndC: span.endC, caseSettledC: span.settledC, caseLimitC: type.caseLimitC.value,
    hazardRatio: shutdown === null ? hazardRatioOf(question.part, span) : null, shutdown,
    link: question.use === null ? null : { now: linkAt(question, question.use, span.nowC), end: linkAt(question, question.use, span.endC) },
    ring, laser: laserOutcome(question), clock: clockOutcome(question), limits, caseC: question.caseC,
  };
}
