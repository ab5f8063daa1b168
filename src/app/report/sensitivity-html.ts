/** A sensitivity study as one HTML file: what moves each result most, where results jump, and every derivative with its unit. */

import type { SensitivityResult, SensitivityRow } from '../../study/sensitivity-result.ts';
import { stackedBars } from '../charts/stacked-bars.ts';
import { fixedText, numberText } from '../number-text.ts';
import { changeText, derivativeText, thresholdText, valueText } from '../sensitivity-table.ts';
import type { Origin, Section } from './document.ts';
import { document } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, evidenceBadge, pairChartPx, paragraph, tag, words } from './html.ts';

/** Bars of one picture, and the share of the longest below which a bar could not be seen. */
const barsMax = 12;
const seenShare = 1e-3;
const raises = { name: 'raises it', ink: { colour: 5 } };
const lowers = { name: 'lowers it', ink: { colour: 2 } };

function ranked(result: SensitivityResult, column: number): readonly SensitivityRow[] {
  const metric = result.metrics[column]?.name;
  const order = result.rankings.find((ranking) => ranking.metric === metric)?.parameters ?? [];
  return order.flatMap((name) => result.rows.filter((row) => row.parameter === name));
}

const effectColumns = [
  { title: 'Parameter' }, { title: 'Value', isNumeric: true }, { title: 'Change' }, { title: 'moves it by', isNumeric: true }, { title: 'Derivative', isNumeric: true }, { title: 'Elasticity', isNumeric: true },
];

function effectTable(result: SensitivityResult, rows: readonly SensitivityRow[], column: number): Markup {
  const metric = result.metrics[column];
  return dataTable(`What moves ${metric?.label ?? ''}`, effectColumns, rows.flatMap((row) => {
    const effect = row.effects[column];
    if (effect === undefined) return [];
    return [[
      words(row.parameter) + tag('span', { class: 'sub' }, words(row.about)), words(valueText(row)), words(row.probeText),
      words(changeText(effect, metric?.unit ?? '')), words(derivativeText(effect)), words(effect.elasticity === null ? '' : numberText(effect.elasticity)),
    ]];
  }));
}

/** How large the everyday change of each parameter moves one result; percent of it, or its own unit where it has no zero. */
function effectChart(result: SensitivityResult, column: number, widthPx: number): Markup {
  const metric = result.metrics[column];
  if (metric === undefined) throw new RangeError(`there is no result ${column}`);
  const isShare = metric.unit !== 'dB';
  const unit = isShare ? '%' : metric.unit;
  const changeOf = (row: SensitivityRow): number => (isShare ? 100 * (row.effects[column]?.changeShare ?? 0) : row.effects[column]?.change ?? 0);
  const all = ranked(result, column);
  const longest = Math.max(0, ...all.map((row) => Math.abs(changeOf(row))));
  const rows = all.filter((row) => Math.abs(changeOf(row)) >= seenShare * longest).slice(0, barsMax);
  return stackedBars({
    id: `effect-${metric.name}`, title: `What moves ${metric.label} most`, axisTitle: `change of ${metric.label} (${unit})`, unit, series: [raises, lowers], widthPx,
    rows: rows.map((row) => {
      const change = changeOf(row);
      return { label: row.parameter, note: row.probeText, parts: [{ series: change >= 0 ? raises.name : lowers.name, value: Math.abs(change) }] };
    }),
  });
}

function rankingSection(result: SensitivityResult): Section {
  const moved = result.metrics.flatMap((_, column) => (ranked(result, column).length > 0 ? [column] : []));
  const figures = moved.map((column, index) => {
    const metric = result.metrics[column];
    return chartFigure({
      heading: metric?.label ?? '', caption: metric?.value == null ? 'no value' : `${numberText(metric.value, 5)} ${metric.unit} as it stands`,
      chart: effectChart(result, column, pairChartPx(index, moved.length)), table: effectTable(result, ranked(result, column), column),
    });
  });
  return {
    id: 'ranking', title: 'What matters most',
    about: 'One everyday change at a time: a tenth more of a figure, a decibel, five degrees. The tables behind the pictures give every derivative with its unit.',
    body: tag('div', { class: 'pair' }, ...figures),
  };
}

function thresholdSection(result: SensitivityResult): Section {
  const rows = result.rows.flatMap((row) => row.thresholds.map((threshold) => [words(row.parameter), words(valueText(row)), words(thresholdText(row, threshold, result))]));
  const body = rows.length === 0
    ? paragraph('Within the values looked at (half to twice a figure, ten decibels, forty degrees) no link stops closing and none begins to.')
    : dataTable('Where results jump', [{ title: 'Parameter' }, { title: 'Value', isNumeric: true }, { title: 'What happens' }], rows);
  return { id: 'thresholds', title: 'Where results jump', about: 'Up to such a value the derivatives hold; at it a link stops or begins to close.', body: tag('div', { class: 'card' }, body) };
}

function evidenceSection(result: SensitivityResult): Section {
  const rows = result.rows.map((row) => [words(row.parameter), words(row.about), words(valueText(row)), evidenceBadge(row.kind, row.source), words(row.source)]);
  const columns = [{ title: 'Parameter' }, { title: 'What it is' }, { title: 'Value', isNumeric: true }, { title: 'Evidence' }, { title: 'Source' }];
  return {
    id: 'evidence', title: 'Where the figures come from',
    body: tag('div', { class: 'card' }, dataTable('Evidence', columns, rows), tag('ul', {}, ...result.assumptions.map((text) => tag('li', {}, words(text))))),
  };
}

export function renderSensitivityHtml(result: SensitivityResult, origin: Origin): string {
  const { closing, total } = result.links;
  return document(`${result.workload} on ${result.choice}`, [rankingSection(result), thresholdSection(result), evidenceSection(result)], {
    ...origin, eyebrow: 'Heliostat sensitivity',
    lead: `${result.rows.length} parameters of ${result.choice} on ${result.cluster}, each turned by itself; ${fixedText(closing, 0)} of ${fixedText(total, 0)} links close as it stands.`,
    data: { id: 'heliostat-result', value: result },
  });
}
