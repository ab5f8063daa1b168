/** Reads a regular file of bounded size: devices, pipes and folders are refused before they can hang or fill the memory. */

import { readFileSync, statSync } from 'node:fs';
import type { Issue } from '../base/issue.ts';

export type FileProblem = Pick<Issue, 'code' | 'message' | 'remedy'>;

export interface RegularFileOptions {
  readonly bytesMax: number;
  /** What belongs there, for remedies, e.g. `a simcase/1 file`. */
  readonly wanted: string;
}

/** The word that the operating system has for a fault, e.g. `ENOENT`. */
export const systemCode = (fault: unknown): string => (fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown');

function problemOf(fault: unknown, wanted: string): FileProblem {
  const code = systemCode(fault);
  if (code === 'ENOENT' || code === 'ENOTDIR') return { code: 'missing-file', message: 'There is no such file', remedy: `Check the name; ${wanted} is wanted` };
  if (code === 'EACCES' || code === 'EPERM') return { code: 'unreadable-file', message: 'The file may not be read', remedy: 'Give yourself permission to read it' };
  return { code: 'unreadable-file', message: `The file cannot be read (${code})`, remedy: 'Check the name and the disk' };
}

/** The bytes, or why there are none. Codes: `missing-file`, `unreadable-file`, `not-a-file`, `file-too-large`. */
export function readRegularFile(path: string, { bytesMax, wanted }: RegularFileOptions): { readonly bytes: Uint8Array } | FileProblem {
  try {
    const found = statSync(path);
    if (!found.isFile()) return { code: 'not-a-file', message: 'This is not a regular file', remedy: `Name ${wanted}` };
    if (found.size > bytesMax) return { code: 'file-too-large', message: `The file has ${found.size} bytes, more than the ${bytesMax} that are read`, remedy: `Split it, or check that it is ${wanted}` };
    return { bytes: readFileSync(path) };
  } catch (fault) {
    return problemOf(fault, wanted);
  }
}

/** The UTF-8 text of a regular file; `not-text` where it is something else. */
export function readRegularText(path: string, options: RegularFileOptions): { readonly text: string } | FileProblem {
  const read = readRegularFile(path, options);
  if (!('bytes' in read)) return read;
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(read.bytes) };
  } catch {
    return { code: 'not-text', message: 'This is not UTF-8 text', remedy: `Save it as UTF-8, or name ${options.wanted}` };
  }
}
