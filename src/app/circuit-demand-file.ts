/** Reads a demand between the ports of a circuit switch: a square of bytes, as CSV or as JSON, rows from inputs and columns to outputs. */

import { readRegularText } from '../adapters/regular-file.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import type { CircuitDemand } from '../plan/circuits/circuit-demand.ts';
import { circuitDemand } from '../plan/circuits/circuit-demand.ts';

/** Ports beyond this are refused; schedules grow with the cube of the ports. */
export const circuitPortsMax = 256;

const demandBytesMax = 16 * 1024 * 1024;
const plainNumber = /^\s*\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*$/;

/** Cells as they were written, with the places that a reader would look at. */
type Rows = readonly (readonly unknown[])[];

function rowsOfCsv(text: string): Rows {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '').map((line) => line.split(',').map((cell) => (plainNumber.test(cell) ? Number(cell) : cell.trim())));
}

function rowsOfJson(text: string, file: string): Parsed<Rows> {
  const notASquare = rejected({ code: 'not-a-demand', file, message: 'A demand is a list of rows', remedy: 'Write a square list of lists of bytes, such as [[0, 1e6], [2e6, 0]]' });
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(Array.isArray) ? parsed(value as Rows) : notASquare;
  } catch (fault) {
    return rejected({ code: 'not-json', file, message: `This is not JSON: ${(fault as Error).message}`, remedy: 'Write a square list of lists, such as [[0, 1e6], [2e6, 0]]' });
  }
}

function issuesOf(rows: Rows, file: string): readonly Issue[] {
  if (rows.length === 0 || rows.length > circuitPortsMax) {
    return [{ code: 'not-a-demand', file, message: `A demand has 1 to ${circuitPortsMax} rows, this one has ${rows.length}`, remedy: 'Write one row per input port' }];
  }
  return rows.flatMap((row, at): readonly Issue[] => {
    if (row.length !== rows.length) {
      return [{ code: 'not-square', file, path: `row ${at + 1}`, message: `This row has ${row.length} entries and there are ${rows.length} rows`, remedy: 'Write one entry per output port, 0 where nothing is sent' }];
    }
    return row.flatMap((entry, column): readonly Issue[] => (typeof entry === 'number' && entry >= 0 && entry < Infinity ? [] : [{
      code: 'not-bytes', file, path: `row ${at + 1}, column ${column + 1}`, message: 'This is not a number of bytes', remedy: 'Write a plain number, zero or more', value: String(entry),
    }]));
  });
}

/** The demand as light time at `rateGbps`. Issue codes: those of a regular file, `not-json`, `not-a-demand`, `not-square`, `not-bytes`. */
export function readCircuitDemand(file: string, rateGbps: number): Parsed<CircuitDemand> {
  const read = readRegularText(file, { bytesMax: demandBytesMax, wanted: 'a CSV or JSON file of bytes from port to port' });
  if (!('text' in read)) return rejected({ ...read, file });
  const rows = read.text.trimStart().startsWith('[') ? rowsOfJson(read.text, file) : parsed(rowsOfCsv(read.text));
  if (!rows.ok) return rows;
  const issues = issuesOf(rows.value, file);
  if (issues.length > 0) return { ok: false, issues };
  return parsed(circuitDemand(rows.value.length, Float64Array.from(rows.value.flat(), (bytes) => (8 * Number(bytes)) / rateGbps)));
}
