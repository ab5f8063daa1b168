/** What every trace reader takes and gives, and how it collects problems. */

import type { Issue, Parsed } from '../../base/issue.ts';
import type { LossReport } from '../../traffic/trace/loss-report.ts';
import type { TraceGraph, TracePlaces } from '../../traffic/trace/trace-graph.ts';
import { placeText } from '../../traffic/trace/trace-graph.ts';
import type { TraceMatches } from '../../traffic/trace/trace-match.ts';

/** One unpacked file. `name` is what issues carry; for a member of an archive it is `archive:member`. */
export interface TraceFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface TraceReadOptions {
  /** Ranks that a trace of one rank stands for, whatever it says; `null` to go by what it says. */
  readonly ranks: number | null;
  /** Ranks of a trace that does not say; `null` for one. */
  readonly ranksIfUnknown: number | null;
}

/** A graph before its ranks are matched. */
export interface ConvertedTrace {
  readonly graph: TraceGraph;
  readonly loss: LossReport;
}

export interface ReadTrace extends ConvertedTrace {
  readonly matches: TraceMatches;
}

/** Ranks a trace may have. */
export const traceRanksMax = 1_048_576;
/** Nodes of one trace. */
export const traceNodesMax = 20_000_000;
/** Dependencies of one trace. */
export const traceDependenciesMax = 200_000_000;
/** Issues listed before a reader stops looking. */
export const traceIssuesMax = 20;

/** Why a transfer is in its class: no trace format names one. */
export const classAssumption = 'no trace names them: all-to-all by operation, gathers and broadcasts as parameter sync, the rest as all-reduce';

/** How a value looked in the file, shortened; nothing deep is walked. */
export function writtenValue(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value === 'object' && value !== null ? (Array.isArray(value) ? `a list of ${value.length}` : 'an object') : value === undefined ? 'nothing' : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Collects issues of one file, each with its place. */
export class TraceIssues {
  readonly issues: Issue[] = [];
  readonly file: string;
  readonly places: TracePlaces;

  constructor(file: string, places: TracePlaces) {
    this.file = file;
    this.places = places;
  }

  get full(): boolean {
    return this.issues.length >= traceIssuesMax;
  }

  add(code: string, place: number, text: { readonly message: string; readonly remedy: string; readonly value?: unknown }): void {
    if (this.full) return;
    const { message, remedy, value } = text;
    this.issues.push({ code, message, remedy, file: this.file, ...placeText(this.places, place), ...(value === undefined ? {} : { value: writtenValue(value) }) });
  }

  /** The value, or every issue there was. */
  finish<T>(value: T): Parsed<T> {
    return this.issues.length > 0 ? { ok: false, issues: this.issues } : { ok: true, value };
  }
}
