/** What a running server says of itself in its data folder, so that a token found there is shown to that server and to nobody else on this computer. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface ServerRecord {
  readonly url: string;
  readonly pid: number;
}

const recordFile = (dataFolder: string): string => join(dataFolder, 'server.json');

/** Writes the record; a disk that does not take it only costs the comfort of not naming the token. */
export function writeServerRecord(dataFolder: string, url: string): void {
  try {
    writeFileSync(recordFile(dataFolder), `${JSON.stringify({ url, pid: process.pid })}\n`, { mode: 0o600 });
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === undefined) throw fault;
  }
}

export function removeServerRecord(dataFolder: string): void {
  rmSync(recordFile(dataFolder), { force: true });
}

function readRecord(dataFolder: string): ServerRecord | null {
  try {
    const found = JSON.parse(readFileSync(recordFile(dataFolder), 'utf8')) as Partial<ServerRecord>;
    return typeof found.url === 'string' && URL.canParse(found.url) && typeof found.pid === 'number' && Number.isInteger(found.pid) && found.pid > 0 ? { url: found.url, pid: found.pid } : null;
  } catch {
    // No record, or one that is no record: nothing is known of a server.
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    // A process of another user is alive all the same.
    return (fault as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** True where the server of this data folder runs and listens at the port and by the scheme of `server`. */
export function isServerOf(dataFolder: string, server: string): boolean {
  const record = readRecord(dataFolder);
  if (record === null || !isAlive(record.pid)) return false;
  const [own, asked] = [new URL(record.url), new URL(server)];
  return own.protocol === asked.protocol && own.port === asked.port;
}
