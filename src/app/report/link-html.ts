/** Link reports as one HTML file: budget waterfalls, and error rate against loss and temperature. */

import { frequencyGhz } from '../../optics/formulas/spectrum.ts';
import type { LinkReport, RingFilters, WavelengthReport } from '../../optics/link/link-report.ts';
import type { CurvePoint } from '../charts/line-chart.ts';
import { lineChart } from '../charts/line-chart.ts';
import { spectrum } from '../charts/spectrum.ts';
import { areAlike, countText, fixedText, numberText } from '../number-text.ts';
import type { Origin, Section } from './document.ts';
import { document } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, evidenceBadge, pairChartPx, tag, words } from './html.ts';
import { linkFigure, ratioText } from './link-figure.ts';

/** How the error rate of one link moves with extra loss and with its case temperature. */
export interface LinkSweep {
  readonly name: string;
  readonly overLoss: readonly { readonly lossDb: number; readonly preFecBer: number }[];
  readonly overTemperature: readonly { readonly caseTemperatureC: number; readonly preFecBer: number }[];
}

export interface LinkHtmlOptions extends Origin {
  readonly sweeps?: readonly LinkSweep[];
  /** The error rate up to which the FEC corrects, drawn as a line. */
  readonly berLimit?: { readonly name: string; readonly preFecBer: number };
}

interface SweepPlane {
  readonly title: string;
  readonly xTitle: string;
  readonly xHead: { readonly title: string; readonly unit: string };
  readonly pointsOf: (sweep: LinkSweep) => readonly CurvePoint[];
}

function sweepFigure(sweeps: readonly LinkSweep[], plane: SweepPlane, limit: LinkHtmlOptions['berLimit']): Markup {
  const chart = lineChart({
    title: plane.title, xTitle: plane.xTitle, yTitle: 'pre-FEC bit error ratio', hasLogY: true, widthPx: pairChartPx(0, 2),
    curves: sweeps.map((sweep, index) => ({ name: sweep.name, colour: index % 8, points: plane.pointsOf(sweep) })),
    references: limit === undefined ? [] : [{ name: limit.name, y: limit.preFecBer }],
  });
  const rows = sweeps.flatMap((sweep) => plane.pointsOf(sweep).map((point) => [words(sweep.name), words(numberText(point.x)), words(ratioText(point.y))]));
  return chartFigure({
    heading: plane.title, chart,
    table: dataTable(plane.title, [{ title: 'Link' }, { ...plane.xHead, isNumeric: true }, { title: 'Pre-FEC BER', isNumeric: true }], rows),
  });
}

function sweepSection(options: LinkHtmlOptions): readonly Section[] {
  const sweeps = options.sweeps ?? [];
  if (sweeps.length === 0) return [];
  const loss: SweepPlane = {
    title: 'Error rate against loss', xTitle: 'additional loss (dB)', xHead: { title: 'Additional loss', unit: 'dB' },
    pointsOf: (sweep) => sweep.overLoss.map((point) => ({ x: point.lossDb, y: point.preFecBer })),
  };
  const heat: SweepPlane = {
    title: 'Error rate against temperature', xTitle: 'case temperature (°C)', xHead: { title: 'Case', unit: '°C' },
    pointsOf: (sweep) => sweep.overTemperature.map((point) => ({ x: point.caseTemperatureC, y: point.preFecBer })),
  };
  return [{
    id: 'sweeps', title: 'How close the cliff is', about: 'The error rate in front of the decoder while one condition moves and all others stay.',
    body: tag('div', { class: 'pair' }, sweepFigure(sweeps, loss, options.berLimit), sweepFigure(sweeps, heat, options.berLimit)),
  }];
}

const nameOf = (report: LinkReport): string => `${report.partId}, ${numberText(report.lengthM)} m`;

interface WavelengthRun {
  readonly wavelength: WavelengthReport;
  readonly name: string;
}

/** Neighbours that behave alike stand in one row: `slots 0 to 7`, `8 electrical lanes`. */
function runsOf(wavelengths: readonly WavelengthReport[]): readonly WavelengthRun[] {
  const runs: WavelengthReport[][] = [];
  for (const wavelength of wavelengths) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const isAlike = last !== undefined && (last.slot === null) === (wavelength.slot === null) && areAlike(last.marginDb, wavelength.marginDb) &&
      areAlike(last.preFecBer, wavelength.preFecBer) && areAlike(last.usableRateGbps, wavelength.usableRateGbps);
    if (run !== undefined && isAlike) run.push(wavelength);
    else runs.push([wavelength]);
  }
  return runs.flatMap((run) => {
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) return [];
    if (first.slot === null) return [{ wavelength: first, name: countText(run.length, 'electrical lane') }];
    return [{ wavelength: first, name: first === last ? `slot ${first.slot}` : `slots ${first.slot} to ${String(last.slot)}` }];
  });
}

function wavelengthSection(reports: readonly LinkReport[]): Section {
  const rows = reports.flatMap((report) => runsOf(report.wavelengths).map(({ wavelength, name }) => [
    words(nameOf(report)), words(name),
    words(fixedText(wavelength.marginDb, 2)), words(ratioText(wavelength.preFecBer)), words(numberText(wavelength.usableRateGbps)),
  ]));
  const columns = [
    { title: 'Link' }, { title: 'Carriers' }, { title: 'Margin', unit: 'dB', isNumeric: true }, { title: 'Pre-FEC BER', isNumeric: true },
    { title: 'Usable rate', unit: 'Gb/s', isNumeric: true },
  ];
  return {
    id: 'wavelengths', title: 'Wavelengths', about: 'Every carrier of every link, alike neighbours together; the worst one sets the margin. Rate and margin are those of each carrier.',
    body: tag('div', { class: 'card' }, dataTable('Wavelengths', columns, rows)),
  };
}

/** Lines of one fibre at the photodiodes and the rings that drop them. A ring that loses no light passes what it does not drop. */
function spectrumFigure(report: LinkReport, filters: RingFilters): Markup {
  const lines = report.wavelengths.flatMap(({ slot, eye }) => (eye === null ? [] : [{ name: String(slot ?? ''), frequencyGhz: frequencyGhz(eye.wavelengthNm), levelDbm: eye.powerDbm }]));
  const depthDb = -10 * Math.log10(1 - 10 ** (-filters.dropLossDb / 10));
  const middle = lines[Math.floor(lines.length / 2)]?.frequencyGhz ?? 0;
  const chart = spectrum({
    title: `Lines and rings of ${nameOf(report)}`, referenceGhz: Math.round(middle), lines,
    rings: lines.map((line) => ({ name: line.name, frequencyGhz: line.frequencyGhz + filters.detuningGhz, fwhmGhz: filters.fwhmGhz, depthDb })),
  });
  const rows = lines.map((line) => [words(line.name), words(fixedText(line.frequencyGhz, 1)), words(fixedText(line.levelDbm, 2))]);
  const heater = `Each ring is ${numberText(filters.fwhmGhz)} GHz wide, held ${numberText(filters.detuningGhz)} GHz off its line by ${numberText(filters.heaterMw)} mW of heat`
    + `${filters.inRange ? '' : ', all its heater has'}.`;
  return chartFigure({
    heading: nameOf(report), caption: heater, chart,
    table: dataTable('Lines', [{ title: 'Slot' }, { title: 'Frequency', unit: 'GHz', isNumeric: true }, { title: 'Mean power', unit: 'dBm', isNumeric: true }], rows),
  });
}

function spectrumSection(reports: readonly LinkReport[]): readonly Section[] {
  const figures = reports.flatMap((report) => (report.filters === undefined ? [] : [spectrumFigure(report, report.filters)]));
  if (figures.length === 0) return [];
  return [{ id: 'spectrum', title: 'Spectrum', about: 'Laser lines at the photodiodes above, the ring that drops each of them below.', body: tag('div', { class: 'stack' }, ...figures) }];
}

/** One document for one or several links. */
export function renderLinkHtml(reports: readonly LinkReport[], options: LinkHtmlOptions): string {
  const figures = reports.map((report, index) =>
    linkFigure(report, {
      id: `budget-${index}`, heading: nameOf(report), caption: report.refusal === null ? 'This link closes.' : 'This link does not close.',
      widthPx: pairChartPx(index, reports.length),
    }));
  const grades = reports.map((report) => [words(nameOf(report)), evidenceBadge(report.weakestKind), words(report.energyBoundary)]);
  const sections: readonly Section[] = [
    {
      id: 'budgets', title: 'Budget', about: 'Stage by stage from the transmitter to the decoder. What is left above the limit is the margin.',
      body: tag('div', { class: reports.length === 1 ? 'stack' : 'pair' }, ...figures),
    },
    ...sweepSection(options), ...spectrumSection(reports), wavelengthSection(reports),
    {
      id: 'evidence', title: 'Evidence',
      body: tag('div', { class: 'card' }, dataTable('Evidence', [{ title: 'Link' }, { title: 'Weakest number' }, { title: 'Energy counts' }], grades)),
    },
  ];
  const title = reports.length === 1 && reports[0] !== undefined ? nameOf(reports[0]) : `${reports.length} links`;
  const closing = reports.filter((report) => report.refusal === null).length;
  return document(title, sections, {
    ...options, eyebrow: 'Heliostat link', lead: `${closing} of ${reports.length} ${reports.length === 1 ? 'link closes' : 'links close'}.`,
    data: { id: 'heliostat-result', value: reports },
  });
}
