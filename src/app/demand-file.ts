/** Reads demands between accelerators: CSV lines `from,to,Gb/s[,class]`, with or without a line of names. */

import { readRegularText } from '../adapters/regular-file.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import type { TrafficClassName } from '../traffic/classes.ts';
import { trafficClassNames } from '../traffic/classes.ts';

export interface RankDemand {
  readonly fromRank: number;
  readonly toRank: number;
  readonly rateGbps: number;
  readonly trafficClass: TrafficClassName;
}

/** Demands beyond this are refused: each may ask for several wavelengths, and all are assigned together. */
const demandsMax = 4096;

/** A kilobit to a petabit a second: beyond any pair of accelerators. */
const rateGbpsMin = 1e-6;
const rateGbpsMax = 1e6;

const bytesMax = 1024 * 1024;
const usualClass: TrafficClassName = 'allReduce';

function readLine(line: string, at: { readonly file: string; readonly path: string; readonly gpus: number }, issues: Issue[]): readonly RankDemand[] {
  const [from = '', to = '', rate = '', name = usualClass, ...more] = line.split(',').map((cell) => cell.trim());
  const { file, path, gpus } = at;
  const rank = (text: string): number => (/^\d{1,7}$/.test(text) && Number(text) < gpus ? Number(text) : -1);
  const wrongRank = [from, to].find((text) => rank(text) < 0);
  const rateGbps = /^\d+(?:\.\d+)?$/.test(rate) ? Number(rate) : Number.NaN;
  const trafficClass = trafficClassNames.find((one) => one === name);
  if (more.length > 0) issues.push({ code: 'not-a-demand', file, path, message: 'A demand has three or four entries', remedy: 'Write from,to,Gb/s,class', value: line });
  if (wrongRank !== undefined) issues.push({ code: 'unknown-rank', file, path, message: `The cluster has ${gpus} accelerators`, remedy: `Write ranks from 0 to ${gpus - 1}`, value: wrongRank });
  else if (from === to) issues.push({ code: 'not-a-demand', file, path, message: 'A demand leads from one accelerator to another', remedy: 'Write two different ranks', value: line });
  const isRate = rateGbps >= rateGbpsMin && rateGbps <= rateGbpsMax;
  if (!isRate) issues.push({ code: 'not-a-rate', file, path, message: `This is no rate from ${rateGbpsMin} to ${rateGbpsMax} Gb/s`, remedy: 'Write Gb/s as a plain number, such as 400', value: rate });
  if (trafficClass === undefined) issues.push({ code: 'unknown-class', file, path, message: 'There is no such traffic class', remedy: `Write one of ${trafficClassNames.join(', ')}`, value: name });
  return wrongRank === undefined && isRate && trafficClass !== undefined ? [{ fromRank: rank(from), toRank: rank(to), rateGbps, trafficClass }] : [];
}

/** Issue codes: those of a regular file, `not-a-demand`, `too-many-demands`, `unknown-rank`, `not-a-rate`, `unknown-class`. */
export function readDemands(file: string, gpus: number): Parsed<readonly RankDemand[]> {
  const read = readRegularText(file, { bytesMax, wanted: 'a CSV file of demands' });
  if (!('text' in read)) return rejected({ ...read, file });
  const lines = read.text.split(/\r?\n/).map((text, at) => ({ text, row: at + 1 })).filter(({ text, row }) => text.trim() !== '' && !text.startsWith('#') && !(row === 1 && /^from\b/i.test(text)));
  if (lines.length === 0) return rejected({ code: 'not-a-demand', file, message: 'The file has no demand', remedy: 'Write lines such as 0,8,400,allReduce' });
  if (lines.length > demandsMax) return rejected({ code: 'too-many-demands', file, message: `At most ${demandsMax} demands are assigned together`, remedy: 'Give fewer lines', value: String(lines.length) });
  const issues: Issue[] = [];
  const demands = lines.flatMap(({ text, row }) => readLine(text, { file, path: `line ${row}`, gpus }, issues));
  return issues.length > 0 ? { ok: false, issues } : parsed(demands);
}
