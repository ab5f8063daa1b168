/** What `heliostat worth` prints for people: one table per question, the honest figure beside its goal. */

import type { ArmResult, FailureStudy } from '../../study/worth/failures.ts';
import { quantityName, spanText } from '../../control/explain/name-parts.ts';
import type { ForesightRow } from '../../study/worth/foresight.ts';
import type { LightStudy } from '../../study/worth/light.ts';
import { growthGoal, lossGoal } from '../../study/worth/light.ts';
import type { PhaseStudy } from '../../study/worth/phase-aware.ts';
import type { SingleFault } from '../../study/worth/single-faults.ts';
import { fixedText, numberText, percentText } from '../number-text.ts';
import { plainTable } from '../plain-table.ts';
import type { Terminal } from '../terminal.ts';
import type { WorthResult } from './run.ts';

/** Growth of a step in per cent; a job that stands says so. */
export const growthText = (ratio: number): string => (Number.isFinite(ratio) ? `${fixedText(100 * (ratio - 1), 1)} %` : 'stands');

const shareText = (share: number | undefined): string => (share === undefined ? '-' : percentText(share, 0));

function lightLines(study: LightStudy, dim: (text: string) => string): readonly string[] {
  const lines: string[] = [];
  for (const curve of study.curves) {
    const load = `critical classes at ${percentText(curve.criticalShare, 0)} of the port`;
    lines.push(`${curve.kind} lost at random, seed ${curve.seed}, ${load}: growth of the step (${numberText(curve.healthyStepS, 4)} s with all light)`);
    lines.push(plainTable(
      ['lost', 'ours', 'class-blind', 'restart', 'bound on light', 'checkpoint gets', 'background gets'], 0,
      curve.points.map((point) => [
        percentText(point.lost, 0), growthText(point.ours), growthText(point.classBlind), growthText(point.restart), percentText(point.boundShare, 0),
        shareText(point.carried.checkpoint), shareText(point.carried.background),
      ]), dim,
    ), '');
  }
  lines.push(`At ${percentText(lossGoal, 0)} lost, by load of the critical classes (worst of the seeds):`);
  const loads = study.loads.map((point) => [point.kind, percentText(point.criticalShare, 0), growthText(point.ours), growthText(point.oursInSteps), growthText(point.least), growthText(point.classBlind)]);
  lines.push(plainTable(['kind', 'load', 'ours, lost at once', 'ours, in three steps', 'no plan below', 'class-blind'], 1, loads, dim), '');
  for (const { kind, upToLoss, upToLoad } of study.holds) {
    const [loss, load] = [upToLoss === null ? 'no loss' : `${percentText(upToLoss, 0)} lost`, upToLoad === null ? 'no load' : `a load of ${percentText(upToLoad, 0)}`];
    lines.push(`${kind}: the step grows by less than ${percentText(growthGoal, 0)} up to ${loss} at the reference load, and at ${percentText(lossGoal, 0)} lost up to ${load} of those tried.`);
  }
  return lines;
}

export const armCells = (terms: { readonly costS: number; readonly restartS: number }, { arm, restarts, effective, meanEffective, daly }: ArmResult): readonly string[] =>
  [String(terms.costS), String(terms.restartS), arm, String(restarts), percentText(effective, 2), percentText(meanEffective, 2), percentText(daly, 2)];

function failureLines(study: FailureStudy, dim: (text: string) => string): readonly string[] {
  const restarted = study.faults.filter(({ restarts, stands }) => restarts > 0 || stands).length;
  const rungs = new Map<string, number>();
  for (const { rung } of study.faults) rungs.set(rung ?? 'none needed', (rungs.get(rung ?? 'none needed') ?? 0) + 1);
  return [
    `${study.interruptions} interruptions in ${study.days} days, ${study.networkInterruptions} of them of switches, cables and adapters: `
      + `${restarted} of these restart the job under our controller (${[...rungs].map(([rung, count]) => `${rung} ${count}`).join(', ')}).`, '',
    plainTable(
      ['C s', 'R s', 'arm', 'restarts', 'effective', 'mean of draws', 'Daly'], 3,
      study.terms.flatMap((terms) => terms.arms.map((arm) => armCells(terms, arm))), dim,
    ), '',
    ...study.terms.map(({ costS, restartS, gainPoints, dalyWithout, arms }) => {
      const ours = arms.find(({ arm }) => arm === 'ours')?.effective ?? 0;
      const off = fixedText(100 * Math.abs(ours - dalyWithout), 2);
      return `C = ${costS} s, R = ${restartS} s: ${fixedText(gainPoints, 2)} points gained over restarting on everything; ${off} points from the closed form without those causes (${percentText(dalyWithout, 2)}).`;
    }),
  ];
}

export function faultLines(clusters: readonly { readonly cluster: string; readonly faults: readonly SingleFault[] }[], dim: (text: string) => string): readonly string[] {
  return clusters.flatMap(({ cluster, faults }) => {
    const kinds = [...new Set(faults.map(({ kind }) => kind))];
    const most = (list: readonly SingleFault[], value: (fault: SingleFault) => number): number => Math.max(0, ...list.map(value));
    return [
      `${cluster}: every fault by itself`,
      plainTable(['kind', 'rungs', 'faults', 'restarts', 'stand', 'most steps lost', 'longest step after'], 2, kinds.map((kind) => {
        const own = faults.filter((fault) => fault.kind === kind);
        return [
          kind, [...new Set(own.flatMap(({ rungs }) => rungs))].join(', ') || '-', String(own.length),
          String(own.reduce((sum, { restarts }) => sum + restarts, 0)), String(own.filter(({ stands }) => stands).length),
          fixedText(most(own, ({ lostSteps }) => lostSteps), 3), growthText(most(own, ({ stepRatio }) => stepRatio)),
        ];
      }), dim), '',
    ];
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function phaseLines(study: PhaseStudy, dim: (text: string) => string): readonly string[] {
  const collectives = ['all-to-all', 'all-reduce'] as const;
  const circuitRows = collectives.map((collective) => {
    const points = study.circuits.filter((point) => point.collective === collective);
    const cuts = points.map(({ staticNs, plannedNs }) => 1 - plannedNs / staticNs);
    const [worse, better] = [cuts.filter((cut) => cut < -1e-9), cuts.filter((cut) => cut > 1e-9)];
    return [collective, String(points.length), String(worse.length), String(better.length), percentText(mean(cuts), 1), percentText(Math.max(...cuts), 1)];
  });
  const { shifts, rails } = study;
  const lost = shifts.filter(({ staticSlowdown, shiftedSlowdown }) => shiftedSlowdown > staticSlowdown + 1e-6);
  const won = shifts.filter(({ staticSlowdown, shiftedSlowdown }) => shiftedSlowdown < staticSlowdown - 1e-9);
  return [
    'Circuits changed inside collectives, 64 ranks of degree 4, against a standing random regular graph',
    plainTable(['collective', 'cases', 'worse', 'better', 'mean cut', 'most'], 1, circuitRows, dim), '',
    'Rails shared in time by the dimensions of a job, against the best static split',
    plainTable(['switching ms', 'static s', 'chosen s', 'cut'], 0,
      rails.map(({ switchNs, staticNs, plannedNs }) => [numberText(switchNs / 1e6), numberText(staticNs / 1e9, 4), numberText(plannedNs / 1e9, 4), percentText(1 - plannedNs / staticNs, 2)]), dim), '',
    `Steps of ${shifts.length} draws of jobs that share a link, on the flow engine: ${lost.length} worse and ${won.length} better when shifted; `
      + `mean step over the step alone ${fixedText(mean(shifts.map(({ staticSlowdown }) => staticSlowdown)), 4)} static, ${fixedText(mean(shifts.map(({ shiftedSlowdown }) => shiftedSlowdown)), 4)} shifted.`,
  ];
}

function heatLines({ afterNs, decision, restarts, stepRatio, wallMs }: Extract<WorthResult, { experiment: 'heat' }>['result'], dim: (text: string) => string): readonly string[] {
  if (decision === null || afterNs === null) return ['The warming was not answered with a decision.'];
  const { counts, classes, jobs } = decision.impact;
  return [
    decision.because,
    `Decided ${numberText(afterNs / 1e9, 3)} s after the loop warmed (simulated; ${numberText(wallMs, 3)} ms of wall time with the world around it): `
      + `${decision.rung}; ${restarts} jobs restart; the step takes ${growthText(stepRatio)} longer.`,
    `Touched: ${counts.components} parts, ${counts.lasers} lasers, ${counts.wavelengths} wavelengths, ${counts.links} links, ${counts.leases} leases, classes ${classes.join(', ')}, jobs ${jobs.join(', ')}`, '',
    plainTable(['rung', 'why', 'lost GPU-s'], 2, decision.candidates.map(({ rung, price, reasons }) => [rung, reasons[0] ?? '', price === null ? '-' : numberText(price.lostGpuS, 4)]), dim),
  ];
}

/** One row per quantity and horizon: what was announced of what failed. */
export const foresightCells = (rows: readonly ForesightRow[]): readonly (readonly string[])[] => rows.map((row) => [
  quantityName(row.quantity), spanText(row.horizonNs), String(row.failures), percentText(row.failures === 0 ? Number.NaN : row.foreseen / row.failures, 0),
  String(row.announced), percentText(row.announced === 0 ? Number.NaN : row.right / row.announced, 0), row.leadP10Ns === null ? '-' : spanText(Math.max(0, row.leadP10Ns)),
  row.leadMedianNs === null ? '-' : spanText(Math.max(0, row.leadMedianNs)), row.withinRange === null ? '-' : percentText(row.withinRange, 0),
]);

export const foresightColumns = ['measured', 'horizon', 'failed', 'foreseen', 'announced', 'rightly', 'lead, one in ten below', 'median lead', 'within its range'] as const;

const foresightLines = (rows: readonly ForesightRow[], dim: (text: string) => string): readonly string[] => [
  'Slow failures among parts that settle, jump, swing or stay, as heard through noisy sensors', plainTable(foresightColumns, 2, foresightCells(rows), dim), '',
  'Foreseen: announced at least one message before. Rightly: it failed by the latest time stated, or before twice the likely one.',
];

export function printWorth(answer: WorthResult, terminal: Terminal): void {
  const { dim } = terminal.colours;
  const lines = answer.experiment === 'light' ? lightLines(answer.result, dim)
    : answer.experiment === 'failures' ? failureLines(answer.result, dim)
    : answer.experiment === 'faults' ? faultLines(answer.result, dim)
    : answer.experiment === 'phases' ? phaseLines(answer.result, dim)
    : answer.experiment === 'foresight' ? foresightLines(answer.result, dim)
    : heatLines(answer.result, dim);
  for (const line of lines) terminal.print(line);
}
