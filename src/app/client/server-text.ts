/** Words and numbers of the server's answers as an operator reads them: every number with its unit, text from outside without terminal commands. */

import { gpuTimeText } from '../../base/number-text.ts';
import type { Cluster } from '../contract/cluster.ts';
import type { AlarmGroup } from '../words/alarm-groups.ts';
import { kindsOf, placesOf } from '../words/part-names.ts';
import type { AlarmView, DecisionRow, EventView, JobView } from '../contract/work.ts';
import { countText, fixedText, numberText, percentText } from '../number-text.ts';
import { plainTable } from '../plain-table.ts';
import type { Colours } from '../terminal.ts';
import { cleanText, wrapText } from '../text-table.ts';
import type { Fit } from './fit-table.ts';
import { fitTable, shownColumns } from './fit-table.ts';

/** `850 ms`, `12.5 s`, `3.0 min`, `2.5 h`, `4.2 d`. */
export function durationText(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 1) return `${numberText(seconds * 1e3)} ms`;
  if (size < 120) return `${fixedText(seconds, 1)} s`;
  if (size < 7200) return `${fixedText(seconds / 60, 1)} min`;
  return size < 172_800 ? `${fixedText(seconds / 3600, 1)} h` : `${fixedText(seconds / 86_400, 1)} d`;
}

export const rateText = (gbps: number | null): string => (gbps === null ? 'any rate' : gbps >= 1000 ? `${numberText(gbps / 1000)} Tb/s` : `${numberText(gbps)} Gb/s`);

/** A time of the log as an instant, to the second. */
export const instantText = (epoch: string, atNs: number): string => {
  const ms = Date.parse(epoch) + atNs / 1e6;
  return Number.isFinite(ms) ? `${new Date(ms).toISOString().slice(0, 19)}Z` : 'no time';
};

/** A table whose cells are free of control characters, fitted to the terminal; colours are put on after. */
export function cleanTable(head: readonly string[], wordColumns: number, rows: readonly (readonly string[])[], colours: Colours, fit: Fit = { drops: [] }): string {
  const fitted = fitTable({ head, wordColumns, rows: rows.map((row) => row.map(cleanText)) }, fit, shownColumns());
  return plainTable(fitted.head, fitted.wordColumns, fitted.rows, colours.dim).split('\n').map((line) => line.trimEnd()).join('\n');
}

/** Colours words of health and level wherever they stand alone in a line; the words remain, so nothing is told by colour only. */
export function paintWords(text: string, { red, yellow, green }: Colours): string {
  return text
    .replace(/\b(?:failed|alarm|held|silent|lying|rolledBack)\b/g, (word) => red(word))
    .replace(/\b(?:degraded|suspect|warning|short|draining|open)\b/g, (word) => yellow(word))
    .replace(/\b(?:sound|ready|confirmed|running)\b/g, (word) => green(word));
}

/** A table whose words of health and level are coloured below its head. */
export function paintedTable(head: readonly string[], wordColumns: number, rows: readonly (readonly string[])[], colours: Colours, fit: Fit = { drops: [] }): string {
  const [first = '', ...rest] = cleanTable(head, wordColumns, rows, colours, fit).split('\n');
  return [first, ...rest.map((line) => paintWords(line, colours))].join('\n');
}

export function clusterLines(cluster: Cluster, colours: Colours): string {
  const { name, gpus, links, jobs, leases, openPlans, lightShare, health, devices, mode, epoch, nowNs } = cluster;
  const unwell = Object.entries(health).filter(([word, count]) => word !== 'sound' && count > 0).map(([word, count]) => `${fixedText(count, 0)} ${word}`);
  const deaf = [[devices.stale, 'stale'], [devices.silent, 'silent'], [devices.lying, 'lying']].flatMap(([count, word]) => (Number(count) > 0 ? [`${String(count)} ${String(word)}`] : []));
  const state = paintWords([...(unwell.length === 0 ? ['all components sound'] : unwell), ...deaf.map((words) => `devices ${words}`)].join(', '), colours);
  return [
    `${colours.bold(cleanText(name))} ${colours.dim(`${mode}, ${instantText(epoch, nowNs)}, entry ${fixedText(cluster.version, 0)}`)}`,
    `  ${countText(gpus, 'GPU')}, ${countText(links, 'directed link')}, ${percentText(lightShare, 2)} of the light usable`,
    `  ${countText(jobs, 'job')}, ${countText(leases, 'lease')}, ${countText(openPlans, 'open plan')}`,
    `  ${state}`,
  ].join('\n');
}

export function alarmTable(alarms: readonly AlarmView[], nowNs: number, colours: Colours): string {
  const rows = alarms.map(({ component, health, sinceNs, jobs, reason, runbook }) => [
    component, health, durationText(Math.max(0, nowNs - sinceNs) / 1e9), jobs.join(', ') || 'none', `operator.md#${runbook}`, reason,
  ]);
  return paintedTable(['component', 'health', 'for', 'jobs', 'runbook', 'why'], 6, rows, colours, { drops: [4, 3, 2], wraps: 5 });
}

/** Jobs of a cause that are told by name. */
const causeJobsMax = 6;

/** One cause of alarms: what is wrong, where, whose jobs, what was done, and where to read what to do. */
export function causeText({ alarms, decision, jobs, sinceNs }: AlarmGroup, nowNs: number, colours: Colours): string {
  const [first] = alarms;
  if (first === undefined) return '';
  const names = alarms.map(({ component }) => component);
  const where = names.length === 1 ? names[0] ?? '' : `${kindsOf(names)} in ${placesOf(names)}`;
  const whose = jobs.length === 0 ? 'no job on its light' : `jobs ${jobs.slice(0, causeJobsMax).join(', ')}${jobs.length > causeJobsMax ? ` and ${jobs.length - causeJobsMax} more` : ''}`;
  const done = decision === null ? 'no decision answers it' : `decision ${decision.n}: ${decision.rung}, ${decision.status}, ${gpuTimeText(decision.lostGpuS)} lost (heliostat explain ${decision.n})`;
  const indent = '      ';
  const lines = (text: string): string => wrapText(cleanText(text), Math.max(40, Math.min(shownColumns(), 200) - indent.length)).map((line) => `${indent}${line}`).join('\n');
  return [
    ` ${fixedText(alarms.length, 0).padStart(4)} ${paintWords(first.health, colours)} for ${durationText(Math.max(0, nowNs - sinceNs) / 1e9)}: ${cleanText(where)}`,
    lines(decision?.because ?? first.reason), paintWords(lines(`${whose}; ${done}`), colours), colours.dim(`${indent}what to do: docs/operator.md#${first.runbook}`),
  ].join('\n');
}

const stateOf = ({ held, shortLeases }: JobView): string => (held !== null ? 'held' : shortLeases > 0 ? 'short' : 'running');

export function jobTable(jobs: readonly JobView[], colours: Colours): string {
  const rows = jobs.map((job) => [
    job.id, job.tenant, stateOf(job), fixedText(job.gpus, 0), `${fixedText(job.replicas, 0)} of ${fixedText(job.replicasAsked, 0)}`, `${fixedText(job.steps, 0)} of ${fixedText(job.stepsAsked, 0)}`,
    job.stepS === null ? 'stands' : durationText(job.stepS), durationText(job.stepAskedS), `${fixedText(job.losingGpuS, 1)} GPU`, `${fixedText(job.shortLeases, 0)} of ${fixedText(job.leases, 0)}`,
  ]);
  return paintedTable(['job', 'tenant', 'state', 'GPUs', 'replicas', 'steps', 'step now', 'with all light', 'losing', 'short leases'], 3, rows, colours, { drops: [4, 1, 9, 7, 3] });
}

export function decisionTable(decisions: readonly DecisionRow[], epoch: string, colours: Colours): string {
  const rows = decisions.map(({ n, atNs, rung, status, lostGpuS, jobs, because }) => [String(n), instantText(epoch, atNs), rung, status, gpuTimeText(lostGpuS), fixedText(jobs.length, 0), because]);
  return paintedTable(['decision', 'at', 'rung', 'status', 'lost', 'jobs', 'because'], 7, rows, colours, { drops: [5, 4], wraps: 6 });
}

export function eventLine({ n, atNs, level, text }: EventView, epoch: string, colours: Colours): string {
  return `${colours.dim(`${String(n).padStart(8)} ${instantText(epoch, atNs)}`)} ${paintWords(level.padEnd(7), colours)} ${cleanText(text)}`;
}
