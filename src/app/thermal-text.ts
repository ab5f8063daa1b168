/** A thermal study as text for a terminal: what happens to the hottest packages, the first limit met, and power by level. */

import type { LimitTime, LinkOutcome, PackageOutcome, ThermalEvent, ThermalResult } from '../study/thermal-result.ts';
import { countText, fixedText, numberText } from './number-text.ts';
import type { Terminal } from './terminal.ts';

const spans: readonly (readonly [from: number, divisor: number, unit: string])[] = [
  [2 * 86_400, 86_400, 'd'], [2 * 3600, 3600, 'h'], [120, 60, 'min'], [1, 1, 's'], [1e-3, 1e-3, 'ms'], [0, 1e-6, 'us'],
];

/** Seconds in the unit a person would use. */
export function timeText(seconds: number): string {
  if (seconds === 0) return 'now';
  const [, divisor, unit] = spans.find(([from]) => seconds >= from) ?? [0, 1, 's'];
  return `${numberText(seconds / divisor)} ${unit}`;
}

export const limitText = (limit: LimitTime): string => (limit.timeS === null ? 'never' : limit.timeS === 0 ? 'already' : `in ${timeText(limit.timeS)}`);

/** What changes, in words. */
export function eventText(event: ThermalEvent): string {
  const loop = event.loopRow === null ? 'every coolant loop' : `the coolant loop of row ${event.loopRow}`;
  const signed = (kelvins: number): string => `${kelvins > 0 ? 'warms' : 'cools'} by ${numberText(Math.abs(kelvins))} K`;
  const parts = [
    ...(event.coolantStepK === 0 ? [] : [`${loop} ${signed(event.coolantStepK)}`]),
    ...(event.airStepK === 0 ? [] : [`inlet air ${signed(event.airStepK)}`]),
    ...(event.airFlow === 1 ? [] : [`fans go to ${numberText(event.airFlow * 100)}% of their flow`]),
    ...(event.coolantFlow === 1 ? [] : [`pumps go to ${numberText(event.coolantFlow * 100)}% of their flow`]),
  ];
  return parts.length === 0 ? 'nothing changes' : parts.join(', ');
}

/** Margin, error rate and rate of the weakest link, now and at the end. */
function linkText({ now, end }: NonNullable<PackageOutcome['link']>): string {
  const pair = (before: string, after: string): string => `${before} -> ${after}`;
  const margin = ({ marginDb }: LinkOutcome): string => (marginDb === null ? 'none' : fixedText(marginDb, 2));
  const errors = ({ preFecBer }: LinkOutcome): string => (preFecBer === null ? 'no light' : numberText(preFecBer, 2));
  const refused = end.refusal === null ? '' : ` (refused: ${end.refusal})`;
  return `weakest link: margin ${pair(margin(now), margin(end))} dB, pre-FEC BER ${pair(errors(now), errors(end))}, ${pair(numberText(now.usableRateGbps), numberText(end.usableRateGbps))} Gb/s${refused}`;
}

/** The package's own line of effects on light and clock, empty where there is none. */
function lightText({ ring, laser, link, clock }: PackageOutcome): string {
  const parts: string[] = [];
  if (link !== null) parts.push(linkText(link));
  if (ring !== null) {
    const exhausted = ring.exhausted === 'none' ? '' : ` (exhausted ${ring.exhausted}, ${fixedText(ring.driftLossDb, 2)} dB lost)`;
    parts.push(`ring drift ${fixedText(ring.driftGhz, 1)} GHz unheated`, `heater ${fixedText(ring.heaterNowMw, 2)} -> ${fixedText(ring.heaterEndMw, 2)} mW${exhausted}`);
  }
  if (laser !== null) {
    parts.push(laser.changeDb === null ? 'laser beyond rollover' : `laser light ${fixedText(laser.changeDb, 2)} dB${laser.powerRatio === null ? '' : `, power x ${fixedText(laser.powerRatio, 3)}`}`);
  }
  if (clock !== null) parts.push(`die ${fixedText(clock.nowC, 1)} -> ${fixedText(clock.endC, 1)} °C, ${clock.ratio === null ? 'leakage takes the power cap' : `clock under its power cap x ${fixedText(clock.ratio, 3)}`}`);
  return parts.join('; ');
}

/** The failure rate, or where the part stops to have one. */
function hazardText({ shutdown, hazardRatio }: PackageOutcome): string {
  if (shutdown === null) return `failure rate x ${fixedText(hazardRatio ?? 1, 2)}`;
  const when = shutdown.timeS === null || shutdown.timeS === 0 ? '' : ` in ${timeText(shutdown.timeS)}`;
  return `would have shut down at ${fixedText(shutdown.caseC, 1)} °C${when}`;
}

function packageLines(outcome: PackageOutcome): readonly string[] {
  const degrees = (valueC: number): string => `${fixedText(valueC, 1)}`;
  const limits = outcome.limits.map((limit) => `${limit.name} (${degrees(limit.limitC)} °C at ${limit.node}) ${limitText(limit)}`).join('; ');
  const light = lightText(outcome);
  return [
    `  ${outcome.name}${outcome.part === '' ? '' : ` (${outcome.part})`}, ${fixedText(outcome.powerW, 1)} W${outcome.alike > 1 ? `, and ${fixedText(outcome.alike - 1, 0)} like it in its rack` : ''}`,
    `    case ${degrees(outcome.caseNowC)} -> ${degrees(outcome.caseEndC)} °C, settles at ${degrees(outcome.caseSettledC)} °C; ${hazardText(outcome)}`,
    ...(light === '' ? [] : [`    ${light}`]),
    `    ${limits}`,
  ];
}

/** Prints the result; every number with its unit. */
export function printThermal(terminal: Terminal, result: ThermalResult): void {
  const { bold, dim, yellow } = terminal.colours;
  terminal.print(bold(`${result.cluster}: ${eventText(result.event)}; ${timeText(result.durationS)} later`));
  const { model, inlet } = result;
  terminal.print(`  ${countText(model.packages, 'package')}, ${countText(model.nodes, 'node')}; inlet air ${numberText(inlet.airC)} °C, coolant supply ${numberText(inlet.coolantC)} °C before the change`);
  terminal.print(result.overLimit === 0 ? '  No package is over its case limit at the end.' : yellow(`  ${countText(result.overLimit, 'package')} over the case limit at the end.`));
  const { now, end } = result.wavelengths;
  const losing = `${fixedText(end.losingLight, 0)} of ${countText(end.optical, 'optical wavelength')} lose light (${fixedText(now.losingLight, 0)} before)`;
  terminal.print(`  ${losing}, at most ${fixedText(end.worstLossDb, 2)} dB; ${fixedText(end.dark, 0)} have a laser beyond rollover; ring heaters ${numberText(now.heaterW)} -> ${numberText(end.heaterW)} W`);
  const counts = (from: number, to: number): string => `${fixedText(from, 0)} -> ${fixedText(to, 0)}`;
  const silent = `${counts(now.stopped, end.stopped)} optical wavelengths, ${counts(now.linksStopped, end.linksStopped)} links`;
  const stopped = `  Carrying nothing: ${silent}; GPUs cut off ${counts(now.gpusCut, end.gpusCut)}, slowed ${counts(now.gpusSlowed, end.gpusSlowed)}`;
  terminal.print(end.stopped > 0 ? yellow(stopped) : stopped);
  const first = result.firstLimit;
  terminal.print(first === null ? '  None of the followed packages ever meets a limit.' : yellow(`  First limit: ${first.limit.name} of ${first.name}, ${limitText(first.limit)}.`));
  for (const type of new Set(result.packages.map((outcome) => outcome.packageType))) {
    terminal.print(bold(`\n${type}: nearest to the case limit`));
    for (const outcome of result.packages) if (outcome.packageType === type) packageLines(outcome).forEach((line) => terminal.print(line));
  }
  const { power } = result;
  terminal.print(bold('\nPower by level'));
  for (const { level, count, totalKw, meanW, maxW, maxName } of power.levels) {
    const total = `${level.padEnd(12)} ${fixedText(count, 0).padStart(9)}   ${fixedText(totalKw, 1).padStart(11)} kW`;
    terminal.print(`  ${total}   mean ${fixedText(meanW, 1)} W, most ${fixedText(maxW, 1)} W at ${maxName}`);
  }
  const megawatts = (value: number): string => `${numberText(value, 4)} MW`;
  terminal.print(`  IT ${megawatts(power.itMw)} x PUE ${numberText(power.pue)} = ${megawatts(power.facilityMw)}; heat into air ${megawatts(power.heatToAirMw)}, into coolant ${megawatts(power.heatToCoolantMw)}`);
  terminal.print(dim(`\nWeakest evidence: ${result.weakestKind}. ${result.assumptions.join(' ')}`));
}
