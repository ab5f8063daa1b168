/** What the controller is worth as one HTML file: curves of each arm and the tables behind them. */

import { lineChart } from '../charts/line-chart.ts';
import { fixedText, percentText } from '../number-text.ts';
import { armCells, faultLines, foresightCells, foresightColumns, growthText } from '../worth/page.ts';
import type { WorthResult } from '../worth/run.ts';
import type { Origin, Section } from './document.ts';
import { document } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, halfChartPx, paragraph, tag, words } from './html.ts';

type Of<K extends WorthResult['experiment']> = Extract<WorthResult, { experiment: K }>['result'];

/** Steps that grow more are off the picture. */
const growthDrawnMax = 400;

const growth = (lost: number, ratio: number): { readonly x: number; readonly y: number } => ({ x: 100 * lost, y: 100 * (ratio - 1) <= growthDrawnMax ? 100 * (ratio - 1) : Number.NaN });

const numeric = (title: string, unit?: string): { readonly title: string; readonly isNumeric: true; readonly unit?: string } => ({ title, isNumeric: true, ...(unit === undefined ? {} : { unit }) });

function lightChart(curve: Of<'light'>['curves'][number]): Markup {
  const arms = [{ name: 'ours', colour: 0, at: 'ours' }, { name: 'class-blind', colour: 5, at: 'classBlind' }, { name: 'restart', colour: 7, at: 'restart' }] as const;
  return lineChart({
    title: `Growth of the step as ${curve.kind} are lost, seed ${curve.seed}`, xTitle: 'wavelengths lost (%)', yTitle: 'growth of the step (%)', widthPx: halfChartPx,
    curves: arms.map(({ name, colour, at }) => ({ name, colour, points: curve.points.map((point) => growth(point.lost, point[at])) })), references: [{ name: 'goal at 30 %', x: 30 }],
  });
}

function lightSections(study: Of<'light'>): readonly Section[] {
  const table = (curve: Of<'light'>['curves'][number]): Markup => dataTable(
    `Growth of the step, ${curve.kind}, seed ${curve.seed}`, ['lost', 'ours', 'class-blind', 'restart', 'bound on light'].map((title) => numeric(title)),
    curve.points.map((point) => [percentText(point.lost, 0), growthText(point.ours), growthText(point.classBlind), growthText(point.restart), percentText(point.boundShare, 0)].map(words)),
  );
  const growths = ['Critical load', 'Ours, lost at once', 'Ours, in three steps', 'No plan below', 'Class-blind'].map((title) => numeric(title));
  const loads = dataTable('Growth of the step at 30 % lost', [{ title: 'Kind' }, ...growths],
    study.loads.map((point) => [point.kind, percentText(point.criticalShare, 0), ...[point.ours, point.oursInSteps, point.least, point.classBlind].map(growthText)].map(words)));
  return [
    {
      id: 'curves', title: 'Light lost',
      about: `Critical classes ask ${percentText(study.criticalShare, 0)} of every port. A curve ends where the job stands or its step more than quintuples.`,
      body: tag('div', { class: 'pair' }, ...study.curves.map((curve) => chartFigure({ chart: lightChart(curve), table: table(curve) }))),
    },
    { id: 'loads', title: 'The load at which it stops', body: tag('div', { class: 'card' }, loads) },
  ];
}

function failureSections(study: Of<'failures'>): readonly Section[] {
  const arms = dataTable(
    'Effective training time', [numeric('C', 's'), numeric('R', 's'), { title: 'Arm' }, numeric('Restarts'), numeric('Effective'), numeric('Mean of draws'), numeric('Daly')],
    study.terms.flatMap((terms) => terms.arms.map((arm) => armCells(terms, arm).map(words))),
  );
  const faults = dataTable(
    'Switches, cables and adapters',
    [{ title: 'Component' }, { title: 'Cause' }, numeric('Accelerators cut'), numeric('Leases touched'), { title: 'Rung' }, numeric('Restarts'), numeric('Speed until repair')],
    study.faults.map((fault) => [fault.name, fault.cause, String(fault.gpusCut), String(fault.affected), fault.rung ?? '-', String(fault.restarts), percentText(fault.speed, 1)].map(words)),
  );
  return [
    { id: 'arms', title: 'Effective training time', body: tag('div', { class: 'card' }, arms) },
    { id: 'faults', title: 'Every network fault of the draw', body: tag('div', { class: 'card' }, faults) },
  ];
}

function phaseChart(points: Of<'phases'>['circuits'], collective: string): Markup {
  const own = points.filter((point) => point.collective === collective);
  const sizes = [...new Set(own.map(({ bits }) => bits))].filter((_, at) => at % 2 === 0);
  return lineChart({
    title: `What changing circuits cuts from an ${collective}`, xTitle: 'dark time of a change (us)', yTitle: 'cut against standing circuits (%)', hasLogX: true, widthPx: halfChartPx,
    curves: sizes.map((bits, colour) => ({
      name: `${fixedText(bits / 8 / 2 ** 20, 0)} MiB`, colour,
      points: own.filter((point) => point.bits === bits).map(({ darkNs, staticNs, plannedNs }) => ({ x: darkNs / 1e3, y: 100 * (1 - plannedNs / staticNs) })),
    })),
  });
}

function phaseSections(study: Of<'phases'>): readonly Section[] {
  const us = (ns: number): string => fixedText(ns / 1e3, 1);
  const table = (collective: string): Markup => dataTable(
    `Cut of ${collective} time`, [numeric('Size', 'MiB'), numeric('Dark', 'us'), numeric('Standing', 'us'), numeric('Planned', 'us'), numeric('Changes')],
    study.circuits.filter((point) => point.collective === collective)
      .map(({ bits, darkNs, staticNs, plannedNs, changes }) => [fixedText(bits / 8 / 2 ** 20, 1), us(darkNs), us(staticNs), us(plannedNs), String(changes)].map(words)),
  );
  const rails = dataTable('Rails shared in time', [numeric('Switching', 'ms'), numeric('Static', 's'), numeric('Chosen', 's')],
    study.rails.map(({ switchNs, staticNs, plannedNs }) => [fixedText(switchNs / 1e6, 0), fixedText(staticNs / 1e9, 4), fixedText(plannedNs / 1e9, 4)].map(words)));
  return [
    { id: 'circuits', title: 'Circuits changed inside collectives', about: 'Never below zero: standing still is a candidate.',
      body: tag('div', { class: 'pair' }, ...['all-to-all', 'all-reduce'].map((collective) => chartFigure({ chart: phaseChart(study.circuits, collective), table: table(collective) }))) },
    { id: 'rails', title: 'Rails shared in time', body: tag('div', { class: 'card' }, rails) },
  ];
}

const plain = (text: string): string => text;

function sectionsOf(answer: WorthResult): readonly Section[] {
  switch (answer.experiment) {
    case 'light': return lightSections(answer.result);
    case 'failures': return failureSections(answer.result);
    case 'phases': return phaseSections(answer.result);
    case 'faults': return [{
      id: 'faults', title: 'Every fault by itself', body: tag('div', { class: 'card' }, ...faultLines(answer.result, plain).filter((line) => line !== '').map((line) => tag('pre', {}, words(line)))),
    }];
    case 'foresight': return [{
      id: 'foresight', title: 'What was announced of what failed',
      body: tag('div', { class: 'card' }, dataTable('Foresight', foresightColumns.map((title) => ({ title })), foresightCells(answer.result).map((cells) => cells.map(words)))),
    }];
    case 'heat': {
      const candidates = answer.result.decision?.candidates ?? [];
      const table = dataTable('Rungs weighed', [{ title: 'Rung' }, { title: 'Why' }, numeric('Lost', 'GPU-s')],
        candidates.map(({ rung, price, reasons }) => [rung, reasons.join(' '), price === null ? '-' : fixedText(price.lostGpuS, 1)].map(words)));
      return [{ id: 'decision', title: 'The decision', body: tag('div', { class: 'card' }, paragraph(answer.result.decision?.because ?? 'Nothing was decided.'), table) }];
    }
  }
}

export const renderWorthHtml = (answer: WorthResult, origin: Origin): string => document(`What the controller is worth: ${answer.experiment}`, sectionsOf(answer), {
  ...origin, eyebrow: 'Heliostat worth', lead: 'Every arm sees the same light, faults and seed.', data: { id: 'heliostat-result', value: answer },
});
