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

interface BenchModule {
  readonly module: string;
  readonly benches: readonly Bench[];
}

async function readModules(): Promise<readonly BenchModule[]> {
  const files = globSync('*.ts', { cwd: folder }).filter((file) => !frame.has(file)).sort();
  return Promise.all(files.map(async (file) => ({ module: basename(file, '.ts'), benches: await benchesOf(file) })));
}

const usage = (modules: readonly BenchModule[]): string => `Usage: npm run bench [-- NAME ...]

Runs every bench, or those whose module or name contains a NAME, and appends the figures to bench/history/<module>.jsonl.

Examples:
  npm run bench -- --help      this page
  npm run bench -- link        the benches of link.ts, and all whose name contains "link"

Benches:
${modules.filter(({ benches }) => benches.length > 0).map(({ module, benches }) => `  ${module}\n${benches.map(({ name }) => `    ${name}`).join('\n')}`).join('\n')}`;

/** Runs one bench, prints its line and keeps its figures; true when it stays within its goal or has none. */
async function runBench(module: string, bench: Bench): Promise<boolean> {
  const result = await measure(bench);
  const isWithin = result.goalMs === null || result.medianMs <= result.goalMs;
  const goal = result.goalMs === null ? '' : isWithin ? `  (goal ${figure(result.goalMs)})` : `  MISSES its goal of ${figure(result.goalMs)}`;
  console.log(`  ${result.name.padEnd(72)} min ${figure(result.minMs).padStart(9)}  median ${figure(result.medianMs).padStart(9)}  first ${figure(result.firstMs).padStart(9)}${goal}`);
  mkdirSync(`${folder}history`, { recursive: true });
  appendFileSync(`${folder}history/${module}.jsonl`, `${JSON.stringify({ date: new Date().toISOString(), ...result, machine: here })}\n`);
  return isWithin;
}

async function runAll(chosen: readonly BenchModule[]): Promise<void> {
  console.log(`${here.cpu}, ${here.cores} cores, Node ${here.node}`);
  let missed = 0;
  for (const { module, benches } of chosen) {
    console.log(`\n${module}`);
    for (const bench of benches) if (!(await runBench(module, bench))) missed += 1;
  }
  if (missed > 0) console.log(`\n${missed} benches miss their goal on this machine.`);
}

const here = machine();
const wanted = process.argv.slice(2);
const modules = await readModules();
/** The benches of a module that one of the names asks for. */
const named = ({ module, benches }: BenchModule, names: readonly string[]): BenchModule =>
  ({ module, benches: benches.filter((bench) => names.some((name) => module.includes(name) || bench.name.includes(name))) });
const strange = wanted.filter((text) => modules.every((one) => named(one, [text]).benches.length === 0));
if (wanted.includes('--help') || wanted.includes('-h')) console.log(usage(modules));
else if (strange.length > 0) {
  console.error(`No bench is called ${strange.join(' or ')}.\n\n${usage(modules)}`);
  process.exitCode = 2;
} else {
  const chosen = wanted.length === 0 ? modules : modules.map((one) => named(one, wanted));
  await runAll(chosen.filter(({ benches }) => benches.length > 0));
}
