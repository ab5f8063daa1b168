/** Writes rows as JSON Lines, whole lines only, so that a file cut short by an interrupt is still valid to its last line. */

import { closeSync, openSync, writeSync } from 'node:fs';

/** Characters gathered before they are written. */
const bufferCharsMax = 1 << 16;

export interface JsonLines {
  write(row: Readonly<Record<string, unknown>>): void;
  /** Writes what is gathered and closes the file. */
  close(): void;
}

/** Opens (and empties) the file. Throws the system's error when it cannot be written. */
export function openJsonLines(path: string): JsonLines {
  const file = openSync(path, 'w');
  let gathered = '';
  const flush = (): void => {
    const bytes = Buffer.from(gathered);
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    gathered = '';
  };
  return {
    write(row) {
      gathered += `${JSON.stringify(row)}\n`;
      if (gathered.length >= bufferCharsMax) flush();
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}
