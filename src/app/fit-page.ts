/** The terminal page of `heliostat fit`: candidates, both ends of the locality trade, and why not elsewhere. */

import type { CandidateResult, FitResult } from './fit-result.ts';
import { countText, fixedText, numberText, percentText } from './number-text.ts';
import { plainTable } from './plain-table.ts';
import type { Terminal } from './terminal.ts';

const podsShownMax = 4;

/** `pods 0, 1` or `128 pods from 0`. */
export function placeText({ pods }: CandidateResult): string {
  if (pods.length > podsShownMax) return `${fixedText(pods.length, 0)} pods from ${pods[0]?.pod ?? 0}`;
  return `${pods.length === 1 ? 'pod' : 'pods'} ${pods.map(({ pod }) => pod).join(', ')}`;
}

export const layoutText = ({ order, spreadOver }: CandidateResult): string => (spreadOver === null ? (order === 'byStage' ? 'packed by stage' : 'packed by replica') : `replicas over ${spreadOver}s`);

const chance = (share: number): string => (share > 0 && share < 1e-4 ? '<0.01' : fixedText(100 * share, 2));

const rowOf = (candidate: CandidateResult, at: number): readonly string[] => {
  const { risk, light } = candidate;
  return [
    `${at + 1}`, placeText(candidate), layoutText(candidate), numberText(candidate.stepS, 4), chance(risk.stopProbability), chance(risk.cutProbability), fixedText(100 * risk.lostShare, 2),
    numberText(candidate.powerKw), numberText(candidate.energyPerStepMj), fixedText(light.links, 0), fixedText(light.wavelengths, 0), fixedText(candidate.strandedGpus, 0), fixedText(candidate.score, 0),
  ];
};

const head = ['', 'where', 'layout', 'step s', 'stop %', 'hit %', 'lost %', 'kW', 'MJ/step', 'links', 'waves', 'stranded', 'GPU-s/step'];

function worstLine(candidate: CandidateResult, replicas: number): string {
  const { worst } = candidate.risk;
  if (worst === null) return '';
  return `Worst single failure of candidate 1: ${worst.component} takes ${worst.replicasLost} of ${countText(replicas, 'replica')} (${countText(worst.gpusCut, 'GPU')}), once in ${fixedText(worst.mtbfH, 0)} h.`;
}

function tradeLines({ trade, terms }: FitResult): readonly string[] {
  if (trade === null) return [];
  const line = (label: string, one: CandidateResult): string => `  ${label.padEnd(9)} ${layoutText(one)}, ${placeText(one)}: step ${numberText(one.stepS, 4)} s, stops with ${percentText(one.risk.stopProbability, 2)}, `
    + `worst failure takes ${one.risk.worst?.replicasLost ?? 0} of ${terms.replicas} replicas, ${fixedText(one.edges.betweenPods, 0)} of ${fixedText(one.edges.all, 0)} ring edges between pods`;
  return ['Locality against fault domains:', line('closest', trade.closest), line('safest', trade.safest)];
}

function elsewhereLines(result: FitResult, terminal: Terminal): readonly string[] {
  const others = result.elsewhere.filter(({ code }) => code !== 'chosen');
  const shown = others.slice(0, 12);
  const rest = others.length - shown.length + result.regionsUntold;
  return [
    ...(shown.length === 0 ? [] : ['Elsewhere:']), ...shown.map(({ name, code, reason }) => `  ${name.padEnd(9)} ${terminal.colours.dim(code)}: ${reason}`),
    ...(rest > 0 ? [terminal.colours.dim(`  and ${countText(rest, 'more region')}; --json tells ${result.regionsUntold > 0 ? 'the first 64' : 'all'}`)] : []),
  ];
}

export function printFit(result: FitResult, terminal: Terminal): void {
  const { bold, dim } = terminal.colours;
  const { terms, gpus } = result;
  terminal.print(`${bold(result.workload)} on ${bold(result.cluster)} ${dim(`${fixedText(gpus.job, 0)} of ${fixedText(gpus.cluster, 0)} accelerators; ${result.plan}`)}`);
  if (result.refusal !== undefined) {
    terminal.print(elsewhereLines(result, terminal).join('\n'));
    terminal.complain(`Refused (${result.refusal.code}, ${result.refusal.remedy}): ${result.refusal.reasons.join(' ')}`);
    return;
  }
  terminal.print(dim(`for ${numberText(terms.lengthH)} h, ${numberText(60 * terms.restartH)} min to restart, goes on with ${terms.replicasMin} of ${countText(terms.replicas, 'replica')}; best by ${terms.prefer}\n`));
  terminal.print(plainTable(head, 3, result.candidates.map(rowOf), dim));
  const [best] = result.candidates;
  const lines = [...(best === undefined ? [] : [worstLine(best, terms.replicas)]), ...tradeLines(result), ...elsewhereLines(result, terminal)].filter((line) => line !== '');
  terminal.print(`\n${lines.join('\n')}`);
}
