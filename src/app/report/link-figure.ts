/** One link budget as a figure: waterfall, key figures, and the stages as a table. */

import type { LinkReport, StageReport } from '../../optics/link/link-report.ts';
import { waterfall } from '../charts/waterfall.ts';
import { plainName } from '../name-text.ts';
import { fixedText, numberText } from '../number-text.ts';
import type { Markup } from './html.ts';
import { dataTable, evidenceBadge, paragraph, tag, words } from './html.ts';

export interface LinkFigureOptions {
  /** Unique in the document. */
  readonly id: string;
  readonly heading: string;
  readonly caption: string;
  readonly widthPx?: number;
  /** Rate of one link, where the report is that of a part which carries several. */
  readonly linkRateGbps?: number;
}

const fact = (name: string, value: string, className?: string): Markup => tag('div', {}, tag('dt', {}, words(name)), tag('dd', { class: className }, words(value)));

/** Below this a ratio says no more than that nothing will ever be seen of it. */
const ratioMin = 1e-20;

/** Ratios spread over many decades read best with an exponent. */
export const ratioText = (ratio: number): string => (ratio > 0 && ratio < ratioMin ? '< 1e-20' : Number.isFinite(ratio) && ratio !== 0 ? ratio.toExponential(1) : numberText(ratio));

/** Margin, error rates, rate, latency and energy in one line of terms. */
function linkFacts(report: LinkReport, linkRateGbps: number = report.usableRateGbps): Markup {
  const rated = `${numberText(report.usableRateGbps)} Gb/s`;
  const links = linkRateGbps > 0 ? Math.round(report.usableRateGbps / linkRateGbps) : 1;
  const closes = report.marginDb >= 0;
  return tag('dl', { class: 'facts' },
    fact(
      'Margin', `${fixedText(report.marginDb, 1)} dB`, closes ? 'ok' : 'bad',
    ), fact('Pre-FEC BER', ratioText(report.preFecBer)), fact('Frame loss', ratioText(report.frameLossRatio)),
    fact(
      'Usable rate', `${numberText(linkRateGbps)} Gb/s`,
    ), fact('Latency', `${numberText(report.latencyNs)} ns`), fact('Energy', `${numberText(report.pjPerBit)} pJ/bit`), fact(
      'Power per end', `${numberText(report.powerPerEndW)} W${links > 1 ? ` for ${rated}` : ''}`,
    ));
}

function stageTable(report: LinkReport): Markup {
  return dataTable(`Stages of ${report.partId}`, [
    { title: 'Stage' }, { title: 'Loss', unit: 'dB', isNumeric: true }, { title: 'Level behind', unit: 'dBm', isNumeric: true },
    { title: 'Latency', unit: 'ns', isNumeric: true }, { title: 'Evidence' }, { title: 'Why' },
  ],
    report.stages.map((stage) => [
      words(stage.name), words(fixedText(stage.lossDb, 2)), words(
        stage.levelDbm === null ? '–' : fixedText(stage.levelDbm, 2),
      ), words(numberText(stage.latencyNs)), evidenceBadge(stage.kind), words(stage.note),
    ]));
}

function energyTable(report: LinkReport): Markup {
  return dataTable(`Energy of ${report.partId}`, [{ title: 'Part of the link' }, { title: 'Energy', unit: 'pJ/bit', isNumeric: true }, { title: 'Evidence' }],
    report.energy.map((share) => [words(plainName(share.name)), words(numberText(share.pjPerBit)), evidenceBadge(share.kind)]));
}

/** A drop below this, in dB, has no length in the picture; such stages stand in the table only, except the source of light. */
const visibleLossDb = 0.005;
const isVisible = (stage: StageReport, index: number): boolean => index === 0 || !(Math.abs(stage.lossDb) < visibleLossDb);

/** `One of 2 links of 400 Gb/s of an 800 Gb/s part.`; empty where part and link are one. */
function shareText(report: LinkReport, linkRateGbps: number = report.usableRateGbps): string {
  const links = linkRateGbps > 0 ? Math.round(report.usableRateGbps / linkRateGbps) : 1;
  return links < 2 ? '' : ` One of ${numberText(links)} links of ${numberText(linkRateGbps)} Gb/s in a part of ${numberText(report.usableRateGbps)} Gb/s.`;
}

/** Levels in dBm where light is measured; for copper, decibels below the transmitter. */
export function linkFigure(report: LinkReport, options: LinkFigureOptions): Markup {
  const hasLevels = report.stages.some((stage) => stage.levelDbm !== null);
  const chart = waterfall({
    id: options.id, title: `Budget of ${options.heading}: ${fixedText(report.marginDb, 1)} dB margin`,
    axisTitle: hasLevels ? 'level, penalties included (dBm)' : 'level against the transmitter (dB)',
    levelUnit: 'dBm', dropUnit: 'dB', margin: report.marginDb, stages: report.stages.filter(isVisible).map((stage) => ({
      name: stage.name, drop: stage.lossDb, level: stage.levelDbm, note: stage.note,
    })),
    ...(options.widthPx === undefined ? {} : { widthPx: options.widthPx }),
  });
  const refusal = report.refusal === null ? '' : tag('div', { class: 'reasons' }, ...report.refusal.reasons.map((reason) => paragraph(reason)));
  return tag('figure', {},
    tag('h3', {}, words(options.heading)), tag('figcaption', {}, words(`${options.caption}${shareText(report, options.linkRateGbps)}`)),
    linkFacts(report, options.linkRateGbps), refusal, tag('div', { class: 'canvas' }, chart),
    tag(
      'details', {}, tag('summary', {}, 'Stages and energy as tables'), stageTable(report), energyTable(report),
      paragraph(`Energy: ${report.energyBoundary}. Case at ${numberText(report.caseTemperatureC)} °C, ${numberText(report.connectors)} connectors.`, 'sub'),
    ));
}
