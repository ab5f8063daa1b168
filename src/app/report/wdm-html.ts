/** A bank of rings as one HTML file: lines and resonances before and after a temperature step, with every lock in a table. */

import { frequencyGhz, wavelengthStepAtGhz } from '../../optics/formulas/spectrum.ts';
import type { LockState, RelockPlan } from '../../optics/wdm/relock.ts';
import type { RingBankAnswer, RingBankQuestion } from '../../optics/wdm/ring-bank.ts';
import { heaterForShiftMw } from '../../optics/wdm/ring-tuner.ts';
import type { RingResonance } from '../charts/spectrum.ts';
import { spectrum } from '../charts/spectrum.ts';
import { countText, fixedText, numberText } from '../number-text.ts';
import { fateOf, wdmWords } from '../wdm-page.ts';
import type { Origin, Section } from './document.ts';
import { document } from './document.ts';
import type { Markup } from './html.ts';
import { chartFigure, dataTable, paragraph, tag, words } from './html.ts';

/** Drawn depth of a resonance; the picture is about where rings stand, and each is as wide as the engine class says. */
const depthDb = 15;
const loadedQ = 7000;
/** Lines are drawn at 0 dBm, for their level is not in question here, and dark ones far below. */
const darkDbm = -20;

const ringsOf = (state: LockState, { fsrNm }: RingBankQuestion['tuner']): readonly RingResonance[] =>
  Array.from(state.ringNm, (restNm, ring) => {
    const atNm = restNm + (state.shiftNm[ring] ?? 0);
    const line = state.lineOfRing[ring] ?? -1;
    // A ring meets its line with whichever resonance is nearest, one free spectral range from the next.
    const lineNm = state.lineNm[line] ?? atNm;
    const drawnNm = line < 0 ? atNm : atNm + Math.round((lineNm - atNm) / fsrNm) * fsrNm;
    return { name: String(ring), frequencyGhz: frequencyGhz(drawnNm), fwhmGhz: wavelengthStepAtGhz({ atNm: drawnNm, stepNm: drawnNm / loadedQ }), depthDb };
  });

const lineWords = (line: number): Markup => words(line < 0 ? 'none' : String(line));

function stateFigure(heading: string, caption: string, state: LockState, question: RingBankQuestion, dark: readonly number[]): Markup {
  const middle = state.lineNm[Math.floor(state.lineNm.length / 2)] ?? 0;
  const lines = Array.from(state.lineNm, (lineNm, line) => {
    const isDark = dark.includes(line);
    return { name: isDark ? `${line} dark` : String(line), frequencyGhz: frequencyGhz(lineNm), levelDbm: isDark ? darkDbm : 0 };
  });
  const chart = spectrum({ title: heading, referenceGhz: Math.round(frequencyGhz(middle)), lines, rings: ringsOf(state, question.tuner) });
  const rows = Array.from(state.lineOfRing, (line, ring) => {
    const shiftNm = state.shiftNm[ring] ?? 0;
    return [words(String(ring)), lineWords(line), words(fixedText(shiftNm, 3)), words(fixedText(heaterForShiftMw(question.tuner, shiftNm), 2))];
  });
  return chartFigure({
    heading, caption, chart,
    table: dataTable(heading, [{ title: 'Ring' }, { title: 'Line' }, { title: 'Shift', unit: 'nm', isNumeric: true }, { title: 'Heater', unit: 'mW', isNumeric: true }], rows),
  });
}

const fateTable = (first: RelockPlan, after: RelockPlan): Markup =>
  dataTable('What the step does', [{ title: 'Ring' }, { title: 'Line before' }, { title: 'Line after' }, { title: 'Outcome' }],
    Array.from(first.state.lineOfRing, (line, ring) => [words(String(ring)), lineWords(line), lineWords(after.state.lineOfRing[ring] ?? -1), words(fateOf(after, ring))]));

const orderColumns = [{ title: 'Order' }, { title: 'Mean shift', unit: 'spacings', isNumeric: true }, { title: 'Worst ring, 99 %', unit: 'spacings', isNumeric: true }];

/** One document: rings before any lock, locked, and after the step; then what order freedom is worth, and the plan. */
export function renderWdmHtml(question: RingBankQuestion, answer: RingBankAnswer, origin: Origin): string {
  const { locks, orders, plan } = answer;
  const { step, grid } = question;
  const planRows = plan.carriers.map(({ wavelengthNm, widthGhz }, row) =>
    [words(String(plan.slots[row] ?? 0)), words(fixedText(wavelengthNm, 3)), words(fixedText(frequencyGhz(wavelengthNm), 1)), words(numberText(widthGhz))]);
  const planColumns = [{ title: 'Slot' }, { title: 'Wavelength', unit: 'nm', isNumeric: true }, { title: 'Frequency', unit: 'GHz', isNumeric: true }, { title: 'Width', unit: 'GHz', isNumeric: true }];
  const planTable = dataTable('Channel plan', planColumns, planRows);
  const sections: Section[] = [];
  if (locks !== null) {
    sections.push({
      id: 'locks', title: 'Locks', about: 'Lines above, the ring on each of them below; numbers are rows of lines and rings.',
      body: tag('div', { class: 'stack' },
        stateFigure('Before any lock', 'Heaters off: rings stand where they were made and where the temperature put them.', locks.start, question, []),
        stateFigure('First lock', `${numberText(locks.first.heaterMw)} mW of heat.`, locks.first.state, question, []),
        stateFigure(`After a step of ${numberText(step.ringStepK)} K`, `${numberText(locks.after.heaterMw)} mW of heat.`, locks.after.state, question, step.darkLines),
        tag('div', { class: 'card' }, ...wdmWords(question, answer).map((sentence) => paragraph(sentence)), fateTable(locks.first, locks.after))),
    });
  }
  if (orders !== null) {
    const rows = (['fixed', 'cyclic', 'any'] as const).map((order) => [words(order), words(fixedText(orders[order].meanSpacings, 3)), words(fixedText(orders[order].worstP99Spacings, 3))]);
    sections.push({
      id: 'orders', title: 'What order freedom is worth', about: 'Heater shift over many banks with a common offset of any size, in channel spacings (Choi and Stojanovic, arXiv:2411.14810).',
      body: tag('div', { class: 'card' }, dataTable('Orders', orderColumns, rows)),
    });
  }
  sections.push({ id: 'plan', title: 'Channel plan', about: `${grid.source} (${grid.kind}).`, body: tag('div', { class: 'card' }, planTable) });
  const after = locks?.after;
  const lead = after === undefined ? countText(plan.carriers.length, 'carrier')
    : `${after.followed.length} of ${question.rings} rings follow their line, ${countText(after.relocks.length, 'new lock')}, ${after.lost.length} lost.`;
  return document(grid.name, sections, { ...origin, eyebrow: 'Heliostat wdm', lead, data: { id: 'heliostat-result', value: { plan: plan.slots } } });
}
