/** Why a link does not close: every reason, most important first, and the stage that cost most. */

import { plainNumber } from '../../base/plain-number.ts';
import type { Refusal, RefusalRemedy } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { figureOf } from '../catalogue/catalogue.ts';
import type { LinkReport, StageReport } from './link-report.ts';
import type { Setting } from './setting.ts';

interface Limits {
  readonly limitBer: number;
  readonly reachM: number;
}

/** Stages that belong to the part itself: naming them as the costliest would tell an operator nothing to change. */
const inherentStages: ReadonlySet<string> = new Set([
  'modulator', 'TDECQ', 'eye closure', 'laser split', 'receiver penalty', 'laser coupling', 'transmit coupling', 'receive coupling', 'comb flatness', 'multiplexer', 'demultiplexer',
  'laser feed', 'plugs',
]);

/** The stage that cost most, path and circumstances before the part's own; ties go to the earlier stage. */
export function costliestStage(stages: readonly StageReport[]): StageReport | null {
  const costly = stages.filter(({ name, lossDb }) => lossDb > 0 && !inherentStages.has(name));
  const among = costly.length > 0 ? costly : stages.filter(({ lossDb }) => lossDb > 0);
  return among.reduce<StageReport | null>((most, stage) => (most === null || stage.lossDb > most.lossDb ? stage : most), null);
}

/** To a hundredth of a kelvin, so that 70.04 C does not read as the limit of 70 C that it exceeds. */
const degreesText = (valueC: number): string => plainNumber(Math.round(valueC * 100) / 100);

/** A refusal when the link does not close, `null` when it does. */
export function whyNot(report: Omit<LinkReport, 'refusal'>, { limitBer, reachM }: Limits, setting: Setting): Refusal | null {
  const { request, typical, obstacles } = setting;
  const reasons: string[] = [];
  let code = 'link-does-not-close';
  let remedy: RefusalRemedy = 'never';
  const margin = report.marginDb;
  if (!(margin >= 0)) {
    const costliest = costliestStage(report.stages);
    const cause = costliest === null ? '' : ` The stage that cost most is ${costliest.name} with ${costliest.lossDb.toFixed(2)} dB (${costliest.note}).`;
    reasons.push(`Over ${plainNumber(report.lengthM)} m the margin is ${margin.toFixed(2)} dB: pre-FEC error ratio ${report.preFecBer.toExponential(2)} against a limit of ${limitBer}.${cause}`);
  }
  for (const obstacle of obstacles) {
    if (reasons.length === 0) ({ code, remedy } = obstacle);
    reasons.push(...obstacle.reasons);
  }
  if (!typical && report.lengthM > reachM) {
    if (reasons.length === 0) code = 'beyond-reach';
    const rest = margin >= 0 ? ` The loss alone would leave ${margin.toFixed(2)} dB, but dispersion and modal effects are only promised within the reach.` : '';
    reasons.push(`${plainNumber(report.lengthM)} m is beyond the ${reachM} m that ${report.partId} is specified for.${rest}`);
  }
  for (const part of new Set([request.part, request.farPart ?? request.part])) {
    const range = figureOf(part, 'temp_case');
    if (range === null || (report.caseTemperatureC >= range.low && report.caseTemperatureC <= range.high)) continue;
    if (reasons.length === 0) [code, remedy] = ['outside-temperature-range', 'wait'];
    reasons.push(`A case temperature of ${degreesText(report.caseTemperatureC)} °C is outside the ${range.low} to ${range.high} °C of ${part.id}.`);
  }
  if (reasons.length === 0 && report.usableRateGbps <= 0) {
    code = 'no-usable-channel';
    reasons.push(`The margin would do, but none of the ${report.wavelengths.length} channels works: ${request.failedChannels ?? 0} have failed and ${report.spares?.spare ?? 0} are spare.`);
  }
  return reasons.length === 0 ? null : refuse(code, remedy, ...reasons);
}
