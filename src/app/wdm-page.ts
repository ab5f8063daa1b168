/** A bank of rings as a page for the terminal: plan, locks before and after a step, and what order freedom is worth. */

import type { RelockPlan } from '../optics/wdm/relock.ts';
import type { RingBankAnswer, RingBankQuestion } from '../optics/wdm/ring-bank.ts';
import { heaterForShiftMw, heaterReachNm, temperatureRangeK } from '../optics/wdm/ring-tuner.ts';
import { countText, fixedText, numberText } from './number-text.ts';
import type { Colours } from './terminal.ts';
import { wrapText } from './text-table.ts';

interface PageStyle {
  readonly colours: Colours;
  readonly columns: number;
}

/** What became of one ring: `follows`, `new lock`, `lost`. */
export function fateOf(plan: RelockPlan, ring: number): 'follows' | 'new lock' | 'lost' {
  if (plan.lost.includes(ring)) return 'lost';
  return plan.relocks.some((move) => move.ring === ring) ? 'new lock' : 'follows';
}

const lineText = (line: number): string => (line < 0 ? 'none' : String(line));

function planLines({ grid }: RingBankQuestion, { plan, spacingNm }: RingBankAnswer, { dim }: Colours): readonly string[] {
  return [
    dim(`  ${'slot'.padStart(4)}${'wavelength nm'.padStart(15)}${'width GHz'.padStart(11)}  direction`),
    ...plan.carriers.map((carrier, row) => {
      const slot = plan.slots[row] ?? 0;
      const direction = grid.slots.find((one) => one.slot === slot)?.direction ?? 'forward';
      return `  ${String(slot).padStart(4)}${fixedText(carrier.wavelengthNm, 3).padStart(15)}${numberText(carrier.widthGhz).padStart(11)}  ${direction}`;
    }),
    dim(`  lines ${fixedText(spacingNm, 3)} nm apart, window +-${numberText(grid.halfWindowNm)} nm; ${grid.kind}: ${grid.source}`),
  ];
}

function lockLines({ tuner }: RingBankQuestion, locks: NonNullable<RingBankAnswer['locks']>, { colours }: PageStyle): readonly string[] {
  const { first, after } = locks;
  const head = `  ${'ring'.padStart(4)}${'line'.padStart(6)}${'shift nm'.padStart(10)}${'heater mW'.padStart(11)}${'may fall K'.padStart(12)}${'may rise K'.padStart(12)}`
    + `   ${'after the step'.padEnd(16)}${'line'.padStart(5)}${'shift nm'.padStart(10)}${'heater mW'.padStart(11)}`;
  const rows = Array.from(first.state.lineOfRing, (line, ring) => {
    const shift = first.state.shiftNm[ring] ?? 0;
    const later = after.state.shiftNm[ring] ?? 0;
    const { fallK, riseK } = temperatureRangeK(tuner, shift);
    const fate = fateOf(after, ring);
    const held = line < 0
      ? `${lineText(line).padStart(6)}${''.padStart(45)}`
      : [lineText(line).padStart(6), fixedText(shift, 3).padStart(10), fixedText(heaterForShiftMw(tuner, shift), 2).padStart(11), fixedText(fallK, 1).padStart(12), fixedText(riseK, 1).padStart(12)].join('');
    const painted = fate === 'lost' ? colours.red(fate.padEnd(16)) : fate === 'new lock' ? colours.yellow(fate.padEnd(16)) : fate.padEnd(16);
    const now = after.state.lineOfRing[ring] ?? -1;
    return `  ${String(ring).padStart(4)}${held}   ${painted}${lineText(now).padStart(5)}${now < 0 ? '' : `${fixedText(later, 3).padStart(10)}${fixedText(heaterForShiftMw(tuner, later), 2).padStart(11)}`}`;
  });
  return [colours.dim(head), ...rows];
}

/** Sentences on the outcome. */
export function wdmWords({ step, policy, tuner }: RingBankQuestion, { locks }: RingBankAnswer): readonly string[] {
  if (locks === null) return [];
  const { first, after } = locks;
  const dark = step.darkLines.length === 0 ? '' : `, ${countText(step.darkLines.length, 'line')} dark`;
  return [
    `Rings of ${numberText(tuner.fsrNm)} nm free spectral range drift ${numberText(tuner.driftNmPerK)} nm/K; heaters reach ${numberText(heaterReachNm(tuner))} nm. Order: ${policy.order}.`,
    `First lock: ${numberText(first.heaterMw)} mW of heat over the bank${first.lost.length === 0 ? '' : `; ${countText(first.lost.length, 'ring')} find no line`}.`,
    `After a step of ${numberText(step.ringStepK)} K${dark}: ${after.followed.length} follow, ${countText(after.relocks.length, 'new lock')} (one outage each), `
      + `${after.lost.length} lost; ${numberText(after.heaterMw)} mW.`,
    ...(after.refusal?.reasons ?? []),
  ];
}

export function wdmPage(question: RingBankQuestion, answer: RingBankAnswer, style: PageStyle): string {
  const { bold, dim } = style.colours;
  const { orders, locks } = answer;
  const study = orders === null ? [] : [
    '', dim(`  ${'order'.padEnd(8)}${'mean shift'.padStart(12)}${'worst ring, 99 %'.padStart(18)}   channel spacings, ${numberText(question.draws)} banks with a common offset of any size`),
    ...(['fixed', 'cyclic', 'any'] as const).map((order) => `  ${order.padEnd(8)}${fixedText(orders[order].meanSpacings, 3).padStart(12)}${fixedText(orders[order].worstP99Spacings, 3).padStart(18)}`),
  ];
  return [
    bold(`${question.grid.name}: ${countText(answer.plan.carriers.length, 'carrier')}${question.rings === 0 ? '' : `, ${countText(question.rings, 'ring')}`}`), '',
    ...planLines(question, answer, style.colours),
    ...(locks === null ? [] : ['', ...lockLines(question, locks, style), '']),
    ...wdmWords(question, answer).flatMap((sentence) => wrapText(sentence, Math.max(40, style.columns - 2)).map((line) => `  ${line}`)),
    ...study,
  ].join('\n');
}
