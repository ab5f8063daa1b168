/** The front door for traces: unpacks files, tells formats apart by content, puts ranks together and matches them. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { matchTrace } from '../../traffic/trace/trace-match.ts';
import { convertChakra } from './chakra-graph.ts';
import { nodeList as chakraList, readChakraJson } from './chakra-json.ts';
import type { ChakraTable } from './chakra-table.ts';
import { scanChakra } from './chakra-wire.ts';
import { readGoal } from './goal.ts';
import { isFields, looksLikeJson, parseDocument } from './json-document.ts';
import type { KinetoDocument } from './kineto.ts';
import { convertKineto, statedRank } from './kineto.ts';
import { nodeList as pytorchList, readPytorchTrace } from './pytorch-et.ts';
import { looksLikeSimai, readSimai } from './simai.ts';
import type { ConvertedTrace, ReadTrace, TraceFile, TraceReadOptions } from './trace-file.ts';
import { unpackFile } from './unpack.ts';

const remedyFormats = 'Give a Chakra trace (.et or JSON), a PyTorch profiler or execution trace, a SimAI workload or a GOAL schedule, plain, gzipped or in a tar archive';

/** One rank's part of a trace; parts of one set belong together. */
type Part =
  | { readonly kind: 'chakra' | 'chakra-json'; readonly set: string; readonly rank: number; readonly file: string; readonly table: ChakraTable }
  | { readonly kind: 'kineto'; readonly set: string; readonly rank: number; readonly file: string; readonly document: KinetoDocument };

/** Whole traces, and parts that still wait for the other ranks. */
interface Sorted {
  readonly whole: ConvertedTrace[];
  readonly parts: Part[];
  readonly issues: Issue[];
}

/** `name.3.et` is rank 3 of the set `name`. */
function rankInName(file: string): { readonly set: string; readonly rank: number } {
  const match = /^(.*?)[._-]?(\d{1,7})(\.[a-z]+)+$/i.exec(file);
  return match === null ? { set: file, rank: 0 } : { set: match[1] ?? file, rank: Number(match[2]) };
}

const textOnly = (bytes: Uint8Array): boolean => bytes.subarray(0, 512).every((byte) => byte >= 0x20 && byte < 0x7f || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte >= 0xc2);

function sortJson(file: TraceFile, options: TraceReadOptions, sorted: Sorted): void {
  const read = parseDocument(file);
  if (!read.ok) {
    sorted.issues.push(...read.issues);
    return;
  }
  const document = Array.isArray(read.value) ? { traceEvents: read.value } : read.value;
  if (isFields(document) && Object.hasOwn(document, 'traceEvents')) {
    const part: KinetoDocument = { file: file.name, document };
    const { rank } = statedRank(part);
    sorted.parts.push({ kind: 'kineto', file: file.name, document: part, set: rankInName(file.name).set, rank: Number.isInteger(rank) ? rank : rankInName(file.name).rank });
  } else if (isFields(document) && Object.hasOwn(document, chakraList)) {
    const table = readChakraJson(document, file.name);
    if (table.ok) sorted.parts.push({ kind: 'chakra-json', file: file.name, table: table.value, ...rankInName(file.name) });
    else sorted.issues.push(...table.issues);
  } else if (isFields(document) && Object.hasOwn(document, pytorchList)) {
    const trace = readPytorchTrace(document, file.name, options);
    if (trace.ok) sorted.whole.push(trace.value);
    else sorted.issues.push(...trace.issues);
  } else sorted.issues.push({ code: 'unknown-format', file: file.name, message: 'This JSON document is no trace that is known here', remedy: remedyFormats });
}

function sortFile(file: TraceFile, options: TraceReadOptions, sorted: Sorted): void {
  if (looksLikeJson(file.bytes)) return sortJson(file, options, sorted);
  if (file.bytes.length > 0 && textOnly(file.bytes)) {
    const words = new TextDecoder().decode(file.bytes.subarray(0, 4096)).trim().split(/\s+/);
    const isGoal = words.includes('num_ranks');
    const trace = isGoal ? readGoal(file) : looksLikeSimai(words[0] ?? '') ? readSimai(file, options) : rejected({
      code: 'unknown-format', file: file.name, line: 1, message: 'This text is no trace that is known here', remedy: remedyFormats, value: (words[0] ?? '').slice(0, 40),
    });
    if (trace.ok) sorted.whole.push(trace.value);
    else sorted.issues.push(...trace.issues);
    return;
  }
  const table = scanChakra(file);
  if (table.ok) sorted.parts.push({ kind: 'chakra', file: file.name, table: table.value, ...rankInName(file.name) });
  else sorted.issues.push(...table.issues);
}

/** Parts by set, each by rising rank. Ranks that are twice or missing are issues; one part alone needs no others. */
function joinRanks(parts: readonly Part[]): Parsed<readonly (readonly Part[])[]> {
  const sets = new Map<string, Part[]>();
  for (const part of parts) {
    const key = `${part.kind} ${part.set}`;
    const set = sets.get(key);
    if (set === undefined) sets.set(key, [part]);
    else set.push(part);
  }
  const issues: Issue[] = [];
  for (const set of sets.values()) {
    set.sort((a, b) => a.rank - b.rank);
    if (set.length === 1) continue;
    for (const [expected, part] of set.entries()) {
      if (part.rank === expected) continue;
      const twice = set[expected - 1]?.rank === part.rank;
      issues.push({
        code: twice ? 'duplicate-rank' : 'missing-ranks', file: part.file, value: `rank ${part.rank}`,
        message: twice ? 'Two files are of this rank' : `Rank ${expected} of this trace is missing`,
        remedy: twice ? 'Give each rank once' : 'Give the files of all ranks from 0, or that of one rank alone, which then stands for all',
      });
      break;
    }
  }
  return issues.length > 0 ? { ok: false, issues } : parsed([...sets.values()]);
}

function convertSet(set: readonly Part[], options: TraceReadOptions): Parsed<ConvertedTrace> {
  const [first] = set;
  if (first === undefined) return rejected({ code: 'empty-trace', message: 'There is no trace', remedy: remedyFormats });
  const name = set.length === 1 ? first.file : first.set;
  if (first.kind === 'kineto') return convertKineto(set.flatMap((part) => (part.kind === 'kineto' ? [part.document] : [])), name, options);
  const places = first.kind === 'chakra' ? ({ kind: 'byte' } as const) : ({ kind: 'entry', list: chakraList } as const);
  return convertChakra(set.flatMap((part) => (part.kind === 'kineto' ? [] : [part.table])), { name, format: first.kind, places }, options);
}

/** Every trace in the files, or every issue. Files of one trace may come in any order, and archives may hold several traces. */
export function readTraces(files: readonly TraceFile[], options: TraceReadOptions): Parsed<readonly ReadTrace[]> {
  const sorted: Sorted = { whole: [], parts: [], issues: [] };
  for (const file of files) {
    const unpacked = unpackFile(file);
    if (unpacked.ok) for (const plain of unpacked.value) sortFile(plain, options, sorted);
    else sorted.issues.push(...unpacked.issues);
  }
  const joined = joinRanks(sorted.parts);
  if (!joined.ok) sorted.issues.push(...joined.issues);
  if (sorted.issues.length > 0 || !joined.ok) return { ok: false, issues: sorted.issues };
  const converted = [...sorted.whole.map((trace) => parsed(trace)), ...joined.value.map((set) => convertSet(set, options))];
  const issues: Issue[] = [];
  const traces: ReadTrace[] = [];
  for (const trace of converted) {
    const matches = trace.ok ? matchTrace(trace.value.graph) : trace;
    if (trace.ok && matches.ok) traces.push({ ...trace.value, matches: matches.value });
    else if (!matches.ok) issues.push(...matches.issues);
  }
  return issues.length > 0 ? { ok: false, issues } : parsed(traces);
}
