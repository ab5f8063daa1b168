/** Unpacks gzip streams and tar archives with bounds, so that a small file cannot fill the memory. */

import { gunzipSync } from 'node:zlib';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { TraceFile } from './trace-file.ts';

/** Bytes that one file may unpack to. */
export const unpackedBytesMax = 1024 ** 3;
/** A file may unpack to this many times its size; real traces compress to a twentieth or so. */
export const unpackRatioMax = 200;
/** Up to this size the ratio is not asked. */
export const unpackRatioFreeBytes = 64 * 1024 ** 2;
/** Members of one archive. */
export const archiveMembersMax = 65_536;

const blockBytes = 512;

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Archives name themselves at byte 257 of their first header. */
const isTar = (bytes: Uint8Array): boolean => bytes.length >= blockBytes && readText(bytes, 257, 5) === 'ustar';

function readText(bytes: Uint8Array, from: number, length: number): string {
  let text = '';
  for (let at = from; at < Math.min(from + length, bytes.length); at++) {
    const code = bytes[at] ?? 0;
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}

function inflate(file: TraceFile): Parsed<Uint8Array> {
  const most = Math.min(unpackedBytesMax, Math.max(unpackRatioFreeBytes, unpackRatioMax * file.bytes.length));
  try {
    return parsed(gunzipSync(file.bytes, { maxOutputLength: most }));
  } catch (fault) {
    const code = (fault as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      return rejected({
        code: 'unpacks-too-large', file: file.name, message: `This file unpacks to more than ${Math.floor(most / 1024 ** 2)} MiB`,
        remedy: 'Unpack it yourself if you trust it, and give the plain file', value: `${file.bytes.length} packed bytes`,
      });
    }
    return rejected({ code: 'not-gzip', file: file.name, message: `This file cannot be unpacked: ${fault instanceof Error ? fault.message : String(fault)}`, remedy: 'Give a whole gzip file, or the plain file' });
  }
}

const octal = (text: string): number => (/^[0-7]+$/.test(text.trim()) ? Number.parseInt(text.trim(), 8) : NaN);

/** POSIX ustar with pax headers skipped; directories, links and the resource forks of macOS (`._name`) are left out. */
function readTar(archive: TraceFile): Parsed<readonly TraceFile[]> {
  const { bytes, name } = archive;
  const members: TraceFile[] = [];
  const fail = (at: number, message: string, value: string): { readonly ok: false; readonly issues: readonly Issue[] } =>
    rejected({ code: 'bad-archive', file: name, path: `byte ${at}`, message, remedy: 'Pack the archive again, or give its files one by one', value });
  for (let at = 0; at + blockBytes <= bytes.length;) {
    if (bytes[at] === 0) break;
    const size = octal(readText(bytes, at + 124, 12));
    const member = `${readText(bytes, at + 345, 155)}${bytes[at + 345] === 0 ? '' : '/'}${readText(bytes, at, 100)}`;
    if (!isTar(bytes.subarray(at))) return fail(at, 'A header of this archive is damaged', member === '' ? 'no name' : member);
    if (!(size >= 0) || at + blockBytes + size > bytes.length) return fail(at, 'A member of this archive is longer than the archive', readText(bytes, at + 124, 12));
    const type = String.fromCharCode(bytes[at + 156] ?? 0);
    const base = member.slice(member.lastIndexOf('/') + 1);
    if ((type === '0' || type === '\0') && !base.startsWith('._')) members.push({ name: `${name}:${member}`, bytes: bytes.subarray(at + blockBytes, at + blockBytes + size) });
    if (members.length > archiveMembersMax) return fail(at, `This archive has more than ${archiveMembersMax} members`, member);
    at += blockBytes * (1 + Math.ceil(size / blockBytes));
  }
  return members.length > 0 ? parsed(members) : rejected({ code: 'empty-archive', file: name, message: 'This archive holds no file', remedy: 'Give an archive of trace files' });
}

/** The plain files in a file: itself, what it unpacks to, or the members of the archive in it. Archives inside archives are not opened. */
export function unpackFile(file: TraceFile): Parsed<readonly TraceFile[]> {
  const plain = isGzip(file.bytes) ? inflate(file) : parsed(file.bytes);
  if (!plain.ok) return plain;
  const bytes = plain.value;
  return isTar(bytes) ? readTar({ name: file.name, bytes }) : parsed([{ name: file.name, bytes }]);
}
