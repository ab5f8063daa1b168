/** Reads who holds what: a JSON file of running jobs with their ranks, e.g. {"jobs": [{"name": "a", "ranks": "0-63, 128", "endsInH": 5}]}. */

import { z } from 'zod';
import { readRegularText } from '../adapters/regular-file.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import type { RunningJob } from '../plan/placement/cluster-view.ts';

const shape = z.strictObject({
  jobs: z.array(z.strictObject({
    name: z.string().min(1).max(200),
    ranks: z.union([z.string(), z.array(z.number().int().min(0))]),
    endsInH: z.number().min(0).finite().optional(),
  })).max(100_000),
});

/** `0-63, 128` as ranks; `null` for anything else. */
export function parseRanks(text: string, gpus: number): readonly number[] | null {
  const ranks: number[] = [];
  for (const run of text.split(',')) {
    const match = /^\s*(\d{1,9})(?:\s*-\s*(\d{1,9}))?\s*$/.exec(run);
    if (match === null) return null;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first || last >= gpus) return null;
    for (let rank = first; rank <= last; rank++) ranks.push(rank);
  }
  return ranks;
}

/** Ranks that are not there, or that two jobs claim. */
function overlaps(jobs: readonly RunningJob[], gpus: number, file: string): readonly Issue[] {
  const holder = new Map<number, string>();
  const issues: Issue[] = [];
  for (const [row, { name, ranks }] of jobs.entries()) {
    for (const rank of ranks) {
      const other = holder.get(rank);
      if (rank < gpus && other === undefined) {
        holder.set(rank, name);
        continue;
      }
      const message = rank >= gpus ? `The cluster has ${gpus} accelerators` : `Job ${other} holds this rank already`;
      issues.push({ code: rank >= gpus ? 'unknown-rank' : 'rank-held-twice', file, path: `jobs[${row}].ranks`, message, remedy: `Write ranks from 0 to ${gpus - 1}, each in one job`, value: String(rank) });
      break;
    }
  }
  return issues;
}

/** Issue codes: those of a regular file, `not-json`, `bad-occupancy`, `bad-ranks`, `unknown-rank`, `rank-held-twice`. */
export function readOccupancy(file: string, gpus: number): Parsed<readonly RunningJob[]> {
  const read = readRegularText(file, { bytesMax: 64 * 1024 ** 2, wanted: 'a file of running jobs' });
  if (!('text' in read)) return rejected({ ...read, file });
  let document: unknown;
  try {
    document = JSON.parse(read.text);
  } catch (fault) {
    return rejected({ code: 'not-json', file, message: `This is not JSON: ${fault instanceof Error ? fault.message.split('\n')[0] ?? '' : ''}`, remedy: 'Write {"jobs": [{"name": ..., "ranks": "0-63"}]}' });
  }
  const found = shape.safeParse(document);
  if (!found.success) {
    return {
      ok: false,
      issues: found.error.issues.map((issue): Issue => ({
        code: 'bad-occupancy', file, path: issue.path.join('.'), message: issue.message, remedy: 'Write {"jobs": [{"name": "a", "ranks": "0-63, 128", "endsInH": 5}]}',
      })),
    };
  }
  const issues: Issue[] = [];
  const jobs = found.data.jobs.map(({ name, ranks, endsInH }, row): RunningJob => {
    const list = typeof ranks === 'string' ? parseRanks(ranks, gpus) : ranks;
    if (list === null) {
      const remedy = `Write runs such as 0-63, 128, below ${gpus}`;
      issues.push({ code: 'bad-ranks', file, path: `jobs[${row}].ranks`, message: 'These are no ranks of the cluster', remedy, value: String(ranks).slice(0, 80) });
    }
    return { name, ranks: list ?? [], endsInH: endsInH ?? null };
  });
  if (issues.length === 0) issues.push(...overlaps(jobs, gpus, file));
  return issues.length > 0 ? { ok: false, issues } : parsed(jobs);
}
