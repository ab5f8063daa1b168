/** Makes a folder with those above it, one after the other: Node's own way of making all at once never ends where the system denies that a folder exists, as under /proc. */

import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Throws the system's error where one of the folders cannot be made. */
export function makeFolder(folder: string, { mode = 0o777 }: { readonly mode?: number } = {}): void {
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at) && at !== dirname(at); at = dirname(at)) missing.push(at);
  for (const at of missing.reverse()) {
    try {
      mkdirSync(at, { mode });
    } catch (fault) {
      // Another process may have made it meanwhile.
      if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
    }
  }
}
