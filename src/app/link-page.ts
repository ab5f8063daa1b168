/** One link report as a page for the terminal. */

import type { LinkReport, StageReport } from '../optics/link/link-report.ts';
import type { Distribution, LinkDistribution } from '../optics/link/sample-link.ts';
import { countText, fixedText, numberText, percentText } from './number-text.ts';
import type { Colours } from './terminal.ts';
import { wrapText } from './text-table.ts';

interface PageStyle {
  readonly colours: Colours;
  readonly columns: number;
  readonly typical: boolean;
}

const nameWidth = 25;
const numberWidth = 8;

const ratio = (value: number): string => (value === 0 ? '0' : value.toExponential(2));

/** `235 ns`, `59.1 ms`. */
function timeText(ns: number): string {
  const [scale, unit] = ns >= 1e9 ? [1e9, 's'] : ns >= 1e6 ? [1e6, 'ms'] : ns >= 1e4 ? [1e3, 'us'] : [1, 'ns'];
  return `${numberText(ns / Number(scale))} ${unit}`;
}

function stageLines(stage: StageReport, { colours, columns }: PageStyle): readonly string[] {
  const loss = stage.lossDb === 0 ? '' : fixedText(stage.lossDb, 2);
  const level = stage.levelDbm === null ? '' : fixedText(stage.levelDbm, 2);
  const latency = stage.latencyNs === 0 ? '' : fixedText(stage.latencyNs, 1);
  const head = `  ${stage.name.padEnd(nameWidth)}${loss.padStart(numberWidth)}${level.padStart(numberWidth + 2)}${latency.padStart(numberWidth + 3)}  ${stage.kind.padEnd(9)}  `;
  const room = columns - head.length;
  const lines = wrapText(stage.note, Math.max(28, room));
  if (room < 28) return [head.trimEnd(), ...wrapText(stage.note, Math.max(28, columns - 6)).map((line) => `      ${colours.dim(line)}`)];
  return lines.map((line, at) => (at === 0 ? head : ' '.repeat(head.length)) + colours.dim(line));
}

/** `degraded: 300 of 400 Gb/s` where some channels of a closing link carry nothing; all carry the same rate, or nothing. */
function degradedText({ wavelengths, usableRateGbps, refusal }: LinkReport): string {
  const fullGbps = wavelengths.length * Math.max(...wavelengths.map((wavelength) => wavelength.usableRateGbps));
  return refusal === null && usableRateGbps < fullGbps ? `degraded: ${numberText(usableRateGbps, 4)} of ${numberText(fullGbps, 4)} Gb/s` : '';
}

/** The whole page, for a terminal of the given width. */
export function linkPage(report: LinkReport, style: PageStyle): string {
  const { bold, dim, green, red, yellow } = style.colours;
  const closes = report.refusal === null;
  const verdict = closes ? green('closes') : red('does not close');
  const degraded = degradedText(report);
  const view = style.typical ? 'typical parts' : 'worst case';
  const head = `  ${'stage'.padEnd(nameWidth)}${'loss dB'.padStart(numberWidth)}${'level dBm'.padStart(numberWidth + 2)}${'latency ns'.padStart(numberWidth + 3)}  evidence   why`;
  const worst = report.wavelengths.reduce((before, next) => (next.marginDb < before.marginDb ? next : before));
  const channels = countText(report.wavelengths.length, worst.slot === null ? 'electrical lane' : 'wavelength');
  const eye = worst.eye === null ? '' : `, eye Q ${worst.eye.eyeQ.toFixed(2)} of ${worst.eye.requiredEyeQ.toFixed(2)} needed`;
  const lines = [
    bold(`${report.partId} over ${numberText(report.lengthM)} m, ${report.connectors} connections, case at ${numberText(report.caseTemperatureC)} °C: ${verdict}`),
    '', dim(head), ...report.stages.flatMap((stage) => stageLines(stage, style)), '',
    `  margin          ${bold(`${fixedText(report.marginDb, 2)} dB`)}  ${dim(`${view}, weakest of ${report.wavelengths.length}${eye}`)}`,
    `  pre-FEC BER     ${ratio(report.preFecBer)}`,
    `  frame loss      ${ratio(report.frameLossRatio)}  ${dim('Ethernet frames behind the FEC')}`,
    `  usable rate     ${numberText(report.usableRateGbps, 4)} Gb/s  ${dim(`one direction, ${channels}`)}${degraded === '' ? '' : `  ${yellow(degraded)}`}`,
    `  latency         ${timeText(report.latencyNs)}  ${dim('one way, FEC, electronics and flight')}`,
    `  energy          ${bold(`${numberText(report.pjPerBit)} pJ/bit`)}  ${dim(report.energy.map(({ name, pjPerBit }) => `${name} ${numberText(pjPerBit)}`).join(', '))}`,
    ...wrapText(`boundary: ${report.energyBoundary}`, Math.max(40, style.columns - 18)).map((line) => `                  ${dim(line)}`),
    `  power per end   ${numberText(report.powerPerEndW)} W  ${dim('host SerDes excluded')}`,
  ];
  if (report.circuit !== null) {
    lines.push(`  circuit usable  ${timeText(report.circuit.totalNs)}  ${dim(report.circuit.steps.map(({ name, durationNs }) => `${name} ${timeText(durationNs)}`).join(', '))}`);
  }
  if (report.spares !== undefined) {
    const { active, spare, failed } = report.spares;
    lines.push(`  channels        ${active} active, ${spare} spare, ${failed} failed  ${dim(failed <= spare ? 'spares cover the failures' : `${countText(failed - spare, 'channel')} lost`)}`);
  }
  lines.push(`  evidence        ${report.weakestKind}  ${dim('the weakest figure used')}`);
  if (report.refusal !== null) {
    lines.push('', red(`Refused [${report.refusal.code}]`), ...report.refusal.reasons.flatMap((reason) => wrapText(reason, Math.max(40, style.columns - 4)).map((line, at) => `  ${at === 0 ? '- ' : '  '}${line}`)));
  }
  return lines.join('\n');
}

const driversShown = 8;

const spread = (name: string, { mean, standardDeviation, p5, p50, p95 }: Distribution, unit: string): string =>
  `  ${name.padEnd(14)}  ${numberText(p5)} .. ${numberText(p50)} .. ${numberText(p95)} ${unit}  (5 %, median, 95 %; mean ${numberText(mean)}, standard deviation ${numberText(standardDeviation)})`;

/** What the draws say: spread, yield and the parameters that matter, most first. */
export function distributionPage(distribution: LinkDistribution, { bold, dim }: Colours): string {
  const { samples, seed, fractionClosing, marginDb, pjPerBit, preFecBer, drivers } = distribution;
  const rows = drivers.filter(({ marginShare, energyShare }) => marginShare > 0 || energyShare > 0).slice(0, driversShown);
  const width = Math.max(9, ...rows.map(({ parameter }) => parameter.length));
  return [
    '', bold(`${samples} draws from seed ${seed}: ${percentText(fractionClosing, 1)} close`),
    spread('margin', marginDb, 'dB'), spread('energy', pjPerBit, 'pJ/bit'), spread('pre-FEC BER', preFecBer, ''),
    '', dim(`  ${'parameter'.padEnd(width)}  of margin  of energy  range`),
    ...rows.map(({ parameter, marginShare, energyShare, low, high, unit, kind }) =>
      `  ${parameter.padEnd(width)}  ${percentText(marginShare).padStart(9)}  ${percentText(energyShare).padStart(9)}  ${numberText(low)} to ${numberText(high)} ${unit} ${dim(`(${kind})`)}`),
    dim('  share of the squared rank correlation; draws are uniform and independent'),
  ].join('\n');
}
