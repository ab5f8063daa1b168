/** Compiles src/ to dist/ for the published package: Node strips no types inside node_modules. */

import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
rmSync(`${root}dist`, { recursive: true, force: true });
const compiled = spawnSync(`${root}node_modules/.bin/tsc`, ['-p', `${root}tsconfig.build.json`], { stdio: 'inherit' });
// Generated code is JavaScript already, which the compiler leaves where it is.
cpSync(`${root}src/adapters/gnmi/generated`, `${root}dist/adapters/gnmi/generated`, { recursive: true });
process.exitCode = compiled.status ?? 1;
