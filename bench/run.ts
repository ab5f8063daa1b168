/**
 * `npm run bench [NAME ...]`: runs the benches of this folder (or those whose module or name contains a NAME) and keeps the figures.
 *
 * To add benches, put a module here that exports a list of `Bench` (see `measure.ts`) under any name. Each module's figures are
 * appended to `history/<module>.jsonl`, one JSON line per bench with date and machine.
 */

import { appendFileSync, globSync, mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Bench } from './measure.ts';
import { machine, measure } from './measure.ts';

const folder = fileURLToPath(new URL('./', import.meta.url));
const frame = new Set(['run.ts', 'measure.ts']);

const isBench = (value: unknown): value is Bench =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Bench>).name === 'string' && typeof (value as Partial<Bench>).prepare === 'function';

async function benchesOf(file: string): Promise<readonly Bench[]> {
  const exported = (await import(pathToFileURL(`${folder}${file}`).href)) as Readonly<Record<string, unknown>>;
  return Object.values(exported).flatMap((value) => (Array.isArray(value) ? value.filter(isBench) : []));
}

const figure = (ms: number): string => `${ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3)} ms`;

const wanted = process.argv.slice(2);
const here = machine();
console.log(`${here.cpu}, ${here.cores} cores, Node ${here.node}`);
let missed = 0;
for (const file of globSync('*.ts', { cwd: folder }).sort()) {
  if (frame.has(file)) continue;
  const module = basename(file, '.ts');
  const benches = (await benchesOf(file)).filter((bench) => wanted.length === 0 || wanted.some((text) => module.includes(text) || bench.name.includes(text)));
  if (benches.length > 0) console.log(`\n${module}`);
  for (const bench of benches) {
    const result = await measure(bench);
    const within = result.goalMs === null ? '' : result.medianMs <= result.goalMs ? `  (goal ${figure(result.goalMs)})` : `  MISSES its goal of ${figure(result.goalMs)}`;
    if (result.goalMs !== null && result.medianMs > result.goalMs) missed += 1;
    console.log(`  ${result.name.padEnd(72)} min ${figure(result.minMs).padStart(9)}  median ${figure(result.medianMs).padStart(9)}  first ${figure(result.firstMs).padStart(9)}${within}`);
    mkdirSync(`${folder}history`, { recursive: true });
    appendFileSync(`${folder}history/${module}.jsonl`, `${JSON.stringify({ date: new Date().toISOString(), ...result, machine: here })}\n`);
  }
}
if (missed > 0) console.log(`\n${missed} benches miss their goal on this machine.`);
