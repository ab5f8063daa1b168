/**
 * Reads GOAL schedules in text (LogGOPSim, ATLAHS): per rank sends, receives, calculations and what each requires.
 *
 * Grammar, one statement a line: `num_ranks N`; `rank R {`; `[label:] send 8b to 3 tag 7 [cpu C] [nic N]`;
 * `[label:] recv 8b from 3 tag 7`; `[label:] calc 1200` (ns); `a requires b`; `a irequires b`; `}`. Comments start with
 * `//` or `#`, or stand between slash-star and star-slash.
 */

import type { Parsed } from '../../base/issue.ts';
import type { LossCollector } from '../../traffic/trace/loss-report.ts';
import { createLossCollector } from '../../traffic/trace/loss-report.ts';
import type { TraceBuilder } from '../../traffic/trace/trace-builder.ts';
import { createTraceBuilder } from '../../traffic/trace/trace-builder.ts';
import type { ConvertedTrace, TraceFile } from './trace-file.ts';
import { TraceIssues, classAssumption, traceNodesMax, traceRanksMax } from './trace-file.ts';

interface Statement { readonly line: number; readonly words: readonly string[] }

/** Comments blanked out, so that lines keep their numbers. */
function withoutComments(text: string): string {
  const blank = (comment: string): string => comment.replace(/[^\n]/g, ' ');
  let plain = '';
  for (let at = 0; ;) {
    const start = text.indexOf('/*', at);
    const end = start < 0 ? -1 : text.indexOf('*/', start + 2);
    if (start < 0 || end < 0) return plain + (start < 0 ? text.slice(at) : text.slice(at, start) + blank(text.slice(start)));
    plain += text.slice(at, start) + blank(text.slice(start, end + 2));
    at = end + 2;
  }
}

function* statements(text: string): Generator<Statement, void, void> {
  let line = 0;
  for (const raw of withoutComments(text).split('\n')) {
    line += 1;
    const cut = raw.search(/\/\/|#/);
    const words = (cut < 0 ? raw : raw.slice(0, cut)).replaceAll('{', ' { ').replaceAll('}', ' } ').trim().split(/\s+/).filter((word) => word !== '');
    // A brace may close on the line of the last statement.
    const close = words.indexOf('}');
    if (close > 0) {
      yield { line, words: words.slice(0, close) };
      yield { line, words: words.slice(close) };
    } else if (words.length > 0) yield { line, words };
  }
}

const wholeNumber = (word: string | undefined): number => (word !== undefined && /^\d{1,15}$/.test(word) ? Number(word) : NaN);

interface Waiting { readonly node: string; readonly on: string; readonly immediate: boolean; readonly line: number }

class GoalReader {
  readonly builder: TraceBuilder = createTraceBuilder();
  readonly loss: LossCollector = createLossCollector();
  readonly issues: TraceIssues;
  readonly file: string;
  ranks = 0;
  /** The rank whose block is open, -1 outside. */
  rank = -1;
  nextRank = 0;
  private labels = new Map<string, number>();
  private waits: Waiting[] = [];
  /** Node that stands for the start of another, for `irequires`. */
  private starts = new Map<number, number>();

  constructor(file: string) {
    this.file = file;
    this.issues = new TraceIssues(file, { kind: 'line' });
  }

  private fail(line: number, message: string, value: string, remedy = 'Write for example "l1: send 8b to 3 tag 7", "l2: recv 8b from 3 tag 7", "l3: calc 1200" or "l3 requires l2"'): void {
    this.issues.add('not-goal', line, { message, remedy, value });
  }

  readHeader({ line, words }: Statement): void {
    this.ranks = wholeNumber(words[1]);
    if (words[0] === 'num_ranks' && this.ranks >= 1 && this.ranks <= traceRanksMax) return;
    this.fail(line, 'A GOAL schedule starts with its number of ranks', words.join(' '), `Write "num_ranks N" with N from 1 to ${traceRanksMax}`);
    this.ranks = NaN;
  }

  /** Ranks without a block have nothing to do. */
  private openRank(rank: number): void {
    for (; this.nextRank <= rank; this.nextRank++) this.builder.startProgram(this.file);
    this.rank = rank;
  }

  private closeRank(): void {
    for (const { node, on, immediate, line } of this.waits) {
      const waiting = this.labels.get(node);
      const earlier = this.labels.get(on);
      if (waiting === undefined || earlier === undefined) {
        this.issues.add('unknown-dependency', line, { message: `Rank ${this.rank} has no statement of this label`, remedy: 'Name a label of the same rank', value: waiting === undefined ? node : on });
        continue;
      }
      if (immediate) {
        this.builder.addAfter(waiting, this.startOf(earlier, line));
        this.loss.understood('irequires', 'starts once the other has started');
      } else {
        this.builder.addAfter(waiting, earlier);
        this.loss.understood('requires', 'starts once the other has ended');
      }
    }
    // What a node requires must also hold back the start that others wait for.
    for (const { node, on, immediate } of this.waits) {
      const start = this.starts.get(this.labels.get(node) ?? -1);
      const earlier = this.labels.get(on);
      if (start === undefined || earlier === undefined) continue;
      this.builder.addAfter(start, immediate ? (this.starts.get(earlier) ?? earlier) : earlier);
    }
    this.labels = new Map();
    this.waits = [];
    this.starts = new Map();
    this.rank = -1;
  }

  private startOf(node: number, line: number): number {
    let start = this.starts.get(node);
    if (start === undefined) {
      start = this.builder.addCompute({ name: 'start', place: line, durationNs: 0 });
      this.starts.set(node, start);
      this.loss.assumed('start points', 'a node without work marks the start that irequires refers to');
    }
    return start;
  }

  read(statement: Statement): void {
    const { line, words } = statement;
    const [first = '', second = ''] = words;
    if (first === '}') {
      if (this.rank < 0) this.fail(line, 'This brace closes nothing', '}');
      else this.closeRank();
      if (words.length > 1) this.fail(line, 'Nothing may follow a closing brace', words.join(' '));
    } else if (first === 'rank') {
      const rank = wholeNumber(second);
      if (this.rank >= 0) this.fail(line, `Rank ${this.rank} is still open`, words.join(' '), 'Close it with } first');
      else if (!(rank < this.ranks)) this.issues.add('unknown-rank', line, { message: `This schedule has ranks 0 to ${this.ranks - 1}`, remedy: 'Write rank R { with one of them', value: second });
      else if (rank < this.nextRank) this.issues.add('duplicate-rank', line, { message: 'Ranks must come once each, in rising order', remedy: 'Sort the blocks by rank and join those of one rank', value: second });
      else if (words[2] !== '{' || words.length > 3) this.fail(line, 'The block of a rank opens with a brace', words.join(' '), `Write "rank ${rank} {"`);
      else this.openRank(rank);
    } else if (this.rank < 0) this.fail(line, 'This statement belongs to no rank', words.join(' '), 'Put it between "rank R {" and "}"');
    else if (words.length === 3 && (second === 'requires' || second === 'irequires')) this.waits.push({ node: first, on: words[2] ?? '', immediate: second === 'irequires', line });
    else this.readOperation(statement);
  }

  private readOperation({ line, words }: Statement): void {
    const labelled = words[0]?.endsWith(':') === true;
    const label = labelled ? (words[0] ?? '').slice(0, -1) : null;
    const [verb, amount = '', ...rest] = labelled ? words.slice(1) : words;
    const options = new Map<string, number>();
    for (let at = 0; at < rest.length; at += 2) options.set(rest[at] ?? '', wholeNumber(rest[at + 1]));
    const known = verb === 'calc' ? ['cpu'] : [verb === 'send' ? 'to' : 'from', 'tag', 'cpu', 'nic'];
    const bytes = /^\d{1,15}b$/.test(amount) ? Number(amount.slice(0, -1)) : NaN;
    const peer = options.get(verb === 'send' ? 'to' : 'from') ?? NaN;
    const bad = [...options].some(([name, value]) => !known.includes(name) || Number.isNaN(value));
    let node = -1;
    if (bad) this.fail(line, 'This statement has a part that GOAL does not know, or without a number', words.join(' '));
    else if (verb === 'calc' && wholeNumber(amount) >= 0) {
      node = this.builder.addCompute({ name: label ?? 'calc', place: line, durationNs: wholeNumber(amount), track: options.get('cpu') ?? 0 });
      this.loss.understood('calc', 'time on a processor of its rank');
    } else if ((verb === 'send' || verb === 'recv') && bytes >= 0 && peer >= 0) {
      if (peer >= this.ranks) this.issues.add('unknown-rank', line, { message: `This schedule has ranks 0 to ${this.ranks - 1}`, remedy: 'Name one of them', value: peer });
      const draft = { name: label ?? verb, place: line, bits: bytes * 8, peer, tag: options.get('tag') ?? 0 };
      node = verb === 'send' ? this.builder.addSend(draft) : this.builder.addReceive(draft);
      this.loss.assumed('traffic classes', classAssumption);
      this.loss.understood(verb, 'message on the route between its ranks');
    } else this.fail(line, 'This is no statement of GOAL', words.join(' '));
    if (label === null || node < 0) return;
    if (this.labels.has(label)) this.issues.add('duplicate-id', line, { message: `Two statements of rank ${this.rank} have this label`, remedy: 'Give each a label of its own', value: label });
    this.labels.set(label, node);
  }
}

export function readGoal(file: TraceFile): Parsed<ConvertedTrace> {
  const reader = new GoalReader(file.name);
  const { builder, loss, issues } = reader;
  let headed = false;
  for (const statement of statements(new TextDecoder().decode(file.bytes))) {
    if (!headed) reader.readHeader(statement);
    else reader.read(statement);
    headed = true;
    if (issues.full || Number.isNaN(reader.ranks)) break;
    if (builder.nodeCount > traceNodesMax) {
      issues.add('too-many-nodes', statement.line, { message: `This schedule has more than ${traceNodesMax} nodes`, remedy: 'Cut it to fewer steps' });
      break;
    }
  }
  if (!headed) issues.add('empty-trace', 1, { message: 'This schedule is empty', remedy: 'Write "num_ranks N", then "rank R { ... }"' });
  else if (reader.rank >= 0 && !issues.full) issues.add('truncated', 1, { message: `The block of rank ${reader.rank} is never closed`, remedy: 'Give the whole file' });
  if (issues.issues.length > 0) return { ok: false, issues: issues.issues };
  for (let rank = reader.nextRank; rank < reader.ranks; rank++) builder.startProgram(file.name);
  loss.assumed('message overheads', 'GOAL leaves latency, overhead and gap to the simulator: those of the fabric and its transport are taken', 1);
  const graph = builder.finish({ name: file.name, format: 'goal', rankCount: reader.ranks, folded: false, places: { kind: 'line' }, pipeline: null });
  return { ok: true, value: { graph, loss: loss.finish() } };
}
