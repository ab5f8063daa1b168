/** The version of the installed package, as its manifest states it. */

import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string };

export const packageVersion: string = manifest.version;
