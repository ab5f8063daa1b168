/** An explained decision as lines of text: because, whom it touches, what each rung would have cost, what was done, and the chain. */

import { countText, gpuTimeText, numberText } from '../../base/number-text.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { Candidate, JobEffect, Price } from '../decision.ts';
import type { Plant } from '../plant.ts';
import type { Entry } from '../entry.ts';
import type { Explained, ExplainedDecision } from './explain-decision.ts';
import { explainDecision } from './explain-decision.ts';
import { listText, spanText } from './name-parts.ts';

function stepText({ job, stepBeforeNs, stepAfterNs }: JobEffect): string {
  if (stepAfterNs === null) return `${job} stands`;
  if (Math.abs(stepAfterNs - stepBeforeNs) <= 1e-6 * stepBeforeNs) return `${job} keeps its step of ${spanText(stepBeforeNs)}`;
  return `${job} steps in ${spanText(stepAfterNs)} after ${spanText(stepBeforeNs)}`;
}

function effectText(effect: JobEffect): string {
  const { pauseNs } = effect;
  const step = stepText(effect);
  return pauseNs > 0 ? `${step}, paused once for ${spanText(pauseNs)}` : step;
}

/** `120 GPU s over 8 h (j1 steps in 120 ms after 100 ms)`. */
export function priceText({ lostGpuS, expectedNs, effects, extraW }: Price): string {
  const jobs = effects.length === 0 ? '' : ` (${listText(effects.map(effectText))})`;
  return `${gpuTimeText(lostGpuS)} over ${spanText(expectedNs)}${jobs}${extraW > 0 ? `, ${numberText(extraW)} W more` : ''}`;
}

const rungWidth = 8;

/** Whether no rung could serve, so that what light was left went by strict priority. */
export const isLastResort = (candidates: readonly Candidate[], chosen: string): boolean => candidates.every(({ rung, price }) => rung !== chosen || price === null);

/** One line per rung: its price or why it cannot serve; the chosen one is marked. */
export function candidateLines(candidates: readonly Candidate[], chosen: string): readonly string[] {
  const none = isLastResort(candidates, chosen);
  return candidates.map(({ rung, price, atLeastGpuS, reasons }) => {
    const mark = rung === chosen && !none ? '>' : ' ';
    const verdict = price !== null ? priceText(price) : atLeastGpuS !== undefined ? `at least ${gpuTimeText(atLeastGpuS)}` : 'no';
    return `${mark} ${rung.padEnd(rungWidth)} ${verdict}: ${reasons.join(' ')}`;
  });
}

const counted = (names: readonly string[], count: number, noun: string): readonly string[] =>
  (count === 0 ? [] : [`${countText(count, noun)} (${listText(names, count)})`]);

const named = (names: readonly string[], [one, many]: readonly [string, string]): readonly string[] => (names.length === 0 ? [] : [`${names.length === 1 ? one : many} ${names.join(', ')}`]);

/** Whom a decision touches, from components to jobs. */
export function impactText({ components, lasers, links, leases, classes, jobs, counts }: ExplainedDecision['impact']): string {
  return [
    ...counted(components, counts.components, 'part'), ...counted(lasers, counts.lasers, 'laser'), ...(counts.wavelengths === 0 ? [] : [countText(counts.wavelengths, 'wavelength')]),
    ...counted(links, counts.links, 'link'), ...counted(leases, counts.leases, 'lease'),
    ...named(classes, ['class', 'classes']), ...named(jobs, ['job', 'jobs']),
  ].join('; ') || 'nobody';
}

/** Changes written out one by one. */
const changesMax = 12;

function tailLines({ status, reasons, changes, chain }: Explained): readonly string[] {
  const shown = changes.slice(0, changesMax).map((text) => `  ${text}`);
  const words = { open: 'waits for its devices', confirmed: 'is in force', rolledBack: 'was taken back' } as const;
  return [
    `It ${words[status]}: ${reasons.join(' ') || 'no reason is recorded'}`, ...shown, ...(changes.length > changesMax ? [`  and ${countText(changes.length - changesMax, 'change')} more`] : []),
    'Chain:', ...foldChain(chain.map(({ n, cause, kind, text }) => ({ kind, text: `  ${n}${cause === null ? '' : ` <- ${cause}`} ${kind}: ${text}` }))),
  ];
}

/** Runs of one kind longer than this show their ends. */
const runMax = 4;

/** Long runs of lines of one kind are cut with their count. */
export function foldChain(lines: readonly { readonly kind: string; readonly text: string }[]): readonly string[] {
  const folded: string[] = [];
  for (let at = 0; at < lines.length;) {
    let end = at;
    while (end < lines.length && lines[end]?.kind === lines[at]?.kind) end++;
    const run = lines.slice(at, end);
    const indent = /^ */.exec(run[0]?.text ?? '')?.[0] ?? '';
    if (run.length <= runMax) folded.push(...run.map(({ text }) => text));
    else folded.push(...run.slice(0, runMax - 2).map(({ text }) => text), `${indent}... and ${countText(run.length - runMax + 2, 'line')} more of ${run[0]?.kind ?? ''}`);
    at = end;
  }
  return folded;
}

const isLadder = (explained: Explained | ExplainedDecision): explained is ExplainedDecision => 'rung' in explained;

const leadText = (leadNs: number | null): string => (leadNs === null ? '' : leadNs === 0 ? ' The light was lost already.' : ` That leaves ${spanText(leadNs)}.`);

/** Fact `n` explained in lines; of a refusal, its reasons. */
export function explainLines(plant: Plant, entries: readonly Entry[], n: number): readonly string[] {
  const explained = explainDecision(plant, entries, n);
  if (isRefusal(explained)) return explained.reasons;
  const at = `at ${spanText(explained.atNs)}`;
  if (!isLadder(explained)) return [`Plan ${n} ${at}, not weighed on the ladder.`, ...tailLines(explained)];
  return [
    `Decision ${n} ${at}: ${isLastResort(explained.candidates, explained.rung) ? 'no rung serves, light goes by priority' : explained.rung}.`,
    `Because ${explained.because}${leadText(explained.leadNs)}`, `Touches ${impactText(explained.impact)}.`,
    `Costs ${priceText(explained.price)}.`, 'Weighed:', ...candidateLines(explained.candidates, explained.rung).map((line) => `  ${line}`), ...tailLines(explained),
  ];
}
