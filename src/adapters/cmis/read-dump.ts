/**
 * Reads a dump of a module's memory: bytes as they are, or text of hexadecimal lines under the headings of their pages, as switches
 * print them.
 *
 * Bytes: the lower 128, page 00h, and then nothing or pages 01h, 02h, 10h, 11h of bank 0 in this order. Text: a heading names `Lower
 * page 0h`, `Upper page 11h` or `Page 11h Bank 1`; a line below it gives an address from 00h to FFh and up to 16 bytes, and what stands
 * behind a bar is its characters and is not read.
 */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { readRegularFile } from '../regular-file.ts';
import { pageBytes } from './coding.ts';
import type { CmisImage } from './image.ts';
import { banksMax, pageKey } from './image.ts';

const dumpBytesMax = 1_048_576;
const pagesInOrder = [0x00, 0x01, 0x02, 0x10, 0x11] as const;

const heading = /^\W*(?:(lower)\s+(?:page|memory)(?:\s+0+h)?|(?:upper\s+)?page\s+(?:0x)?([0-9a-f]{1,2})h?(?:\W+bank\s+(\d))?)\W*$/i;
const hexLine = /^\s*(?:0x)?([0-9a-f]{2,8})\s*:?\s+((?:[0-9a-f]{2}[ \t]+)*[0-9a-f]{2})\s*(?:\|.*)?$/i;

interface Memory {
  lower: Uint8Array;
  readonly pages: Map<number, Uint8Array>;
}

function fromBytes(bytes: Uint8Array): Memory {
  const pages = new Map<number, Uint8Array>();
  pagesInOrder.forEach((page, at) => {
    const own = bytes.subarray(pageBytes * (at + 1), pageBytes * (at + 2));
    if (own.length > 0) pages.set(pageKey(0, page), own);
  });
  return { lower: bytes.subarray(0, pageBytes), pages };
}

/** Pages grow to the last byte that was read; bytes in between that nobody read are 0. */
function withBytes(page: Uint8Array, at: number, bytes: readonly number[]): Uint8Array {
  const longer = new Uint8Array(Math.min(pageBytes, Math.max(page.length, at + bytes.length)));
  longer.set(page);
  bytes.slice(0, Math.max(0, pageBytes - at)).forEach((byte, row) => { longer[at + row] = byte; });
  return longer;
}

function fromText(text: string, file: string): Parsed<Memory> {
  const memory: Memory = { lower: new Uint8Array(0), pages: new Map() };
  const issues: Issue[] = [];
  let key: number | null = null;
  let isLower = false;
  text.split('\n').forEach((line, row) => {
    const head = heading.exec(line);
    if (head !== null) {
      isLower = head[1] !== undefined;
      const bank = Number(head[3] ?? 0);
      if (bank >= banksMax) issues.push({ code: 'unknown-bank', file, line: row + 1, value: String(bank), message: 'A module has banks 0 to 3', remedy: 'Correct the heading' });
      key = isLower ? null : pageKey(bank, Number.parseInt(head[2] ?? '0', 16));
      return;
    }
    const data = hexLine.exec(line);
    if (data === null || (key === null && !isLower)) return;
    const at = Number.parseInt(data[1] ?? '0', 16) % pageBytes;
    const bytes = (data[2] ?? '').trim().split(/\s+/).map((byte) => Number.parseInt(byte, 16));
    if (key === null) memory.lower = withBytes(memory.lower, at, bytes);
    else memory.pages.set(key, withBytes(memory.pages.get(key) ?? new Uint8Array(0), at, bytes));
  });
  if (issues.length > 0) return { ok: false, issues };
  if (memory.lower.length === 0 && memory.pages.size === 0) {
    return rejected({ code: 'no-pages', file, message: 'The text has no page with bytes', remedy: 'Head each page with "Lower page 0h" or "Upper page 11h", and give lines such as "00000000 18 50 00 06"' });
  }
  return parsed(memory);
}

/** The bytes as text; `null` for control characters and what is no UTF-8: a memory full of FFh is no text. */
function textOf(bytes: Uint8Array): string | null {
  if (!bytes.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Issue codes: those of reading a file, `empty-file`, `no-pages`, `unknown-bank`. */
export function readCmisDump(file: string, about: Omit<CmisImage, 'lower' | 'pages'>): Parsed<CmisImage> {
  const read = readRegularFile(file, { bytesMax: dumpBytesMax, wanted: 'a dump of a module\'s memory' });
  if (!('bytes' in read)) return rejected({ ...read, file });
  if (read.bytes.length === 0) return rejected({ code: 'empty-file', file, message: 'The file is empty', remedy: 'Read the module again' });
  const text = textOf(read.bytes);
  const memory = text === null ? parsed(fromBytes(read.bytes)) : fromText(text, file);
  return memory.ok ? parsed({ ...about, ...memory.value }) : memory;
}
