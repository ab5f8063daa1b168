/** A thermal study as one HTML file: temperatures over time, limits with their times, what light loses, and power by level. */

import type { PackageOutcome, ThermalResult } from '../../study/thermal-result.ts';
import type { CurvePoint } from '../charts/line-chart.ts';
import { lineChart } from '../charts/line-chart.ts';
import { countText, fixedText, numberText } from '../number-text.ts';
import { eventText, limitText, timeText } from '../thermal-text.ts';
import type { Origin, Section } from './document.ts';
import { document } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, evidenceBadge, pairChartPx, tag, words } from './html.ts';

const colours = 8;

/** The unit in which a whole course is drawn. */
const timeUnit = (durationS: number): { readonly unit: string; readonly divisor: number } =>
  durationS > 7200 ? { unit: 'h', divisor: 3600 } : durationS > 180 ? { unit: 'min', divisor: 60 } : { unit: 's', divisor: 1 };

const byType = (result: ThermalResult): readonly (readonly [type: string, packages: readonly PackageOutcome[]])[] =>
  [...new Set(result.packages.map((outcome) => outcome.packageType))].map((type) => [type, result.packages.filter((outcome) => outcome.packageType === type)]);

function courseFigure(result: ThermalResult, type: string, packages: readonly PackageOutcome[], widthPx: number): Markup {
  const { unit, divisor } = timeUnit(result.durationS);
  const points = (outcome: PackageOutcome): readonly CurvePoint[] => outcome.caseC.map((y, at) => ({ x: (result.timesS[at] ?? 0) / divisor, y }));
  const limitC = packages[0]?.caseLimitC;
  const chart = lineChart({
    title: `Case temperature of ${type}`, xTitle: `time after the change (${unit})`, yTitle: 'case temperature (°C)', widthPx,
    curves: packages.map((outcome, at) => ({ name: `${at + 1}`, colour: at % colours, points: points(outcome) })),
    references: limitC === undefined ? [] : [{ name: 'case limit', y: limitC }],
  });
  const rows = packages.flatMap((outcome) => points(outcome).map(({ x, y }) => [words(outcome.name), words(numberText(x)), words(fixedText(y, 2))]));
  const table = dataTable(`Case temperature of ${type}`, [{ title: 'Package' }, { title: 'Time', unit, isNumeric: true }, { title: 'Case', unit: '°C', isNumeric: true }], rows);
  return chartFigure({ heading: type, caption: packages.map((outcome, at) => `${at + 1}: ${outcome.name}`).join('; '), chart, table });
}

function limitSection(result: ThermalResult): Section {
  const rows = result.packages.flatMap((outcome) => outcome.limits.map((limit) => [
    words(outcome.name), words(limit.name), words(limit.node), words(fixedText(limit.limitC, 1)), words(limitText(limit)),
  ]));
  const columns = [{ title: 'Package' }, { title: 'Limit' }, { title: 'Where' }, { title: 'At', unit: '°C', isNumeric: true }, { title: 'Met', isNumeric: true }];
  return {
    id: 'limits', title: 'Time to threshold', about: 'When each limit is met while conditions stay as changed: the exact crossing of the temperature course.',
    body: tag('div', { class: 'card' }, dataTable('Time to threshold', columns, rows)),
  };
}

const arrow = (from: number | null, to: number | null, decimals: number): Markup =>
  words(from === null ? 'none' : `${fixedText(from, decimals)} → ${to === null ? 'no light' : fixedText(to, decimals)}`);

const errorsText = (preFecBer: number | null): string => (preFecBer === null ? 'no light' : numberText(preFecBer, 2));

function lightSection(result: ThermalResult): Section {
  const rows = result.packages.map(({ name, link, ring, laser, hazardRatio, shutdown }) => [
    words(name), arrow(link?.now.marginDb ?? null, link?.end.marginDb ?? null, 2),
    words(link === null ? 'none' : `${errorsText(link.now.preFecBer)} → ${errorsText(link.end.preFecBer)}`), words(ring === null ? 'none' : fixedText(ring.driftGhz, 1)),
    arrow(ring?.heaterNowMw ?? null, ring?.heaterEndMw ?? null, 2),
    words(laser === null ? 'none' : laser.changeDb === null ? 'rollover' : fixedText(laser.changeDb, 2)), words(hazardRatio !== null ? fixedText(hazardRatio, 2) : `shut down at ${fixedText(shutdown?.caseC ?? 0, 1)} °C`),
  ]);
  const columns = [
    { title: 'Package' }, { title: 'Link margin', unit: 'dB', isNumeric: true }, { title: 'Pre-FEC BER', isNumeric: true }, { title: 'Ring drift, unheated', unit: 'GHz', isNumeric: true },
    { title: 'Heater', unit: 'mW', isNumeric: true }, { title: 'Laser light', unit: 'dB', isNumeric: true }, { title: 'Failure rate', unit: 'times', isNumeric: true },
  ];
  return {
    id: 'light', title: 'What light feels', about: 'From before the change to the end of the time followed.',
    body: tag('div', { class: 'card' }, dataTable('Effects on light', columns, rows)),
  };
}

function powerSection({ power }: ThermalResult): Section {
  const rows = power.levels.map(({ level, count, totalKw, meanW, maxW, maxName }) =>
    [level, fixedText(count, 0), fixedText(totalKw, 1), fixedText(meanW, 1), fixedText(maxW, 1), maxName].map(words));
  const columns = [
    { title: 'Level' }, { title: 'Count', isNumeric: true }, { title: 'Power', unit: 'kW', isNumeric: true },
    { title: 'Mean', unit: 'W', isNumeric: true }, { title: 'Most', unit: 'W', isNumeric: true }, { title: 'Where' },
  ];
  const megawatts = (value: number): string => `${numberText(value, 4)} MW`;
  return {
    id: 'power', title: 'Power by level',
    about: `IT ${megawatts(power.itMw)} × PUE ${numberText(power.pue)} = ${megawatts(power.facilityMw)}. `
      + `Once settled, ${megawatts(power.heatToAirMw)} leave by air and ${megawatts(power.heatToCoolantMw)} by coolant.`,
    body: tag('div', { class: 'card' }, dataTable('Power by level', columns, rows)),
  };
}

/** One self-contained document. */
export function renderThermalHtml(result: ThermalResult, origin: Origin): string {
  const first = result.firstLimit;
  const evidence = tag('p', {}, 'Weakest evidence: ', evidenceBadge(result.weakestKind));
  const sections: readonly Section[] = [
    {
      id: 'courses', title: 'Temperature over time', about: 'The packages of each type that are nearest to their case limit at the end.',
      body: tag('div', { class: 'pair' }, ...byType(result).map(([type, packages], at, types) => courseFigure(result, type, packages, pairChartPx(at, types.length)))),
    },
    limitSection(result), lightSection(result), powerSection(result),
    { id: 'assumptions', title: 'Assumptions', body: tag('div', { class: 'card' }, evidence, tag('ul', { class: 'plain' }, ...result.assumptions.map((text) => tag('li', {}, words(text))))) },
  ];
  const outcome = first === null ? 'No followed package ever meets a limit.' : `First limit: ${first.limit.name} of ${first.name}, ${limitText(first.limit)}.`;
  return document(`${result.cluster}: ${eventText(result.event)}`, sections, {
    ...origin, eyebrow: 'Heliostat thermal', lead: `${timeText(result.durationS)} followed, ${countText(result.overLimit, 'package')} over the case limit at the end. ${outcome}`,
    data: { id: 'heliostat-result', value: result },
  });
}
