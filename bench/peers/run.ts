/**
 * `node bench/peers/run.ts [--rounds N] [--without-simgrid] CASE.json[.gz] ...`: Heliostat, our plain C++ program and SimGrid 3.32 on the same case files.
 *
 * The programs run one after another in each round, each in its own process, so that a busy machine slows all alike; the least time of
 * each counts. Times exclude process start and file reading on all sides (Heliostat: `wall_s`; the others: their event loop). Every
 * answer is held against Heliostat's to 1e-6 before its time is used. The claim is the ratio to the better of the two peers;
 * seconds are context. SimGrid 3.36 is up to 1.6 times faster than 3.32 where solving dominates and 8 times on very many equal flows.
 */

import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SimCase } from '../../src/adapters/simcase.ts';
import { parseSimCases } from '../../src/adapters/simcase.ts';
import { describeRing, expandStar } from '../../src/adapters/simcase-families.ts';
import type { FlowProgram } from '../../src/sim/flow-program.ts';
import { expandLockstep } from '../../src/sim/lockstep.ts';
import { machine } from '../measure.ts';

const here = fileURLToPath(new URL('./', import.meta.url));
const heliostat = fileURLToPath(new URL('../../src/app/main.ts', import.meta.url));
const peerTimeoutMs = 300_000;
/** Beyond these sizes a peer is not run: its lists grow past memory or patience. */
const flatFlowsMax = 600_000;
const simgridFlowsMax = 70_000;

interface Answer {
  readonly seconds: number;
  readonly makespanS: number;
  readonly fctS: readonly number[];
}

const programOf = ({ work, events }: SimCase): FlowProgram =>
  work.kind === 'explicit' ? work.program : { ...(work.kind === 'star-all-to-all' ? expandStar(work) : expandLockstep(describeRing(work), work.hosts)), ...events };

/** Why a peer cannot express a program, or null. */
function obstacle(peer: string, program: FlowProgram): string | null {
  if (program.flowWeight !== null || program.flowCapGbps !== null || program.flowPriority !== null) return 'weights, caps or priorities';
  if (program.flowCount > (peer === 'flat' ? flatFlowsMax : simgridFlowsMax)) return 'too many flows';
  if (peer === 'simgrid' && program.afterFlow !== null) return 'dependencies between flows';
  if (peer === 'simgrid' && program.eventNs.length > 0) return 'capacity events (flows keep the rate cap of their first moment)';
  return null;
}

/** Ends of a path as numbers: links that follow each other share a node, so the first and last links name the hosts. */
function flatten(program: FlowProgram): string {
  const lines = [`${program.linkCount} ${program.linkCount} ${program.flowCount} ${program.eventNs.length}`];
  for (let link = 0; link < program.linkCount; link++) lines.push(`${(program.linkRateGbps[link] ?? 0) * 1e9} ${(program.linkLatencyNs[link] ?? 0) / 1e9}`);
  for (let flow = 0; flow < program.flowCount; flow++) {
    const path = program.pathLink.subarray(program.pathOffset[flow], program.pathOffset[flow + 1]);
    const after = program.afterFlow?.subarray(program.afterOffset?.[flow], program.afterOffset?.[flow + 1]) ?? [];
    const ends = [path[0] ?? 0, (path[path.length - 1] ?? 0) + program.linkCount];
    lines.push([...ends, (program.flowBits[flow] ?? 0) / 8, (program.flowStartNs[flow] ?? 0) / 1e9, path.length, ...path, after.length, ...after].join(' '));
  }
  for (let event = 0; event < program.eventNs.length; event++) lines.push(`${(program.eventNs[event] ?? 0) / 1e9} ${program.eventLink[event]} ${(program.eventRateGbps[event] ?? 0) * 1e9}`);
  return `${lines.join('\n')}\n`;
}

function run(command: string, args: readonly string[]): string | null {
  const ran = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 30, timeout: peerTimeoutMs });
  return ran.status === 0 ? ran.stdout : null;
}

function runPeer(program: string, file: string): Answer | null {
  const out = run(program, [file, '--log=root.thres:critical']);
  if (out === null) return null;
  const [seconds = NaN, makespanS = NaN, ...fctS] = out.trim().split('\n').map(Number);
  return { seconds, makespanS, fctS };
}

function runHeliostat(file: string): Answer | null {
  const out = run(process.execPath, [heliostat, 'flows', file, '--json']);
  if (out === null) return null;
  const answer = JSON.parse(out) as { readonly wall_s: number; readonly makespan_s: number; readonly fct_s: number[] | null };
  return { seconds: answer.wall_s, makespanS: answer.makespan_s, fctS: answer.fct_s ?? [] };
}

function disagreement(ours: Answer, theirs: Answer): number {
  let worst = Math.abs(theirs.makespanS / ours.makespanS - 1);
  ours.fctS.forEach((fct, flow) => { worst = Math.max(worst, Math.abs((theirs.fctS[flow] ?? fct) / fct - 1)); });
  return worst;
}

const libraries: Readonly<Record<string, readonly string[]>> = { flat: [], simgrid: ['-lsimgrid'] };

function compile(folder: string, names: readonly string[]): void {
  for (const name of names) {
    const built = spawnSync('g++', ['-O2', '-march=native', '-std=c++17', '-o', join(folder, name), join(here, `${name}.cpp`), ...(libraries[name] ?? [])], { encoding: 'utf8' });
    if (built.status !== 0) throw new Error(`${name}.cpp does not compile; run bench/peers/install.sh first\n${built.stderr ?? ''}`);
  }
}

interface Comparison {
  readonly rounds: number;
  /** Where the compiled peers lie. */
  readonly folder: string;
  readonly names: readonly string[];
}

function compareCase(path: string, { rounds, folder, names }: Comparison): void {
  const read = parseSimCases(readFileSync(path), basename(path));
  const simCase = read.ok ? read.value.cases[0] : undefined;
  if (!read.ok || simCase === undefined) throw new Error(`${path} is not a case`);
  const program = programOf(simCase);
  const flat = join(folder, 'case.txt');
  const peers = names.filter((peer) => obstacle(peer, program) === null);
  if (peers.length > 0) writeFileSync(flat, flatten(program));
  const best = new Map<string, number>();
  const note = (name: string, seconds: number): void => void best.set(name, Math.min(best.get(name) ?? Infinity, seconds));
  for (let round = 0; round < rounds; round++) {
    const ours = runHeliostat(path);
    if (ours === null) throw new Error(`Heliostat fails on ${path}`);
    note('heliostat', ours.seconds);
    for (const peer of peers) {
      const theirs = runPeer(join(folder, peer), flat);
      if (theirs === null) continue;
      const off = disagreement(ours, theirs);
      if (off > 1e-6) throw new Error(`${peer} and Heliostat differ by ${off} on ${path}`);
      note(peer, theirs.seconds);
    }
  }
  const ours = best.get('heliostat') ?? NaN;
  const better = Math.min(best.get('flat') ?? Infinity, best.get('simgrid') ?? Infinity);
  const cell = (peer: string): string => {
    const seconds = best.get(peer);
    return (seconds === undefined ? (peers.includes(peer) ? 'failed' : 'not run') : `${seconds.toFixed(3)} s`).padStart(10);
  };
  console.log(`${simCase.name.padEnd(46)} ${String(program.flowCount).padStart(9)} ${cell('heliostat')} ${cell('flat')} ${cell('simgrid')} ${better < Infinity ? `${(better / ours).toFixed(1)}x` : '-'}`);
  for (const peer of names) {
    const why = obstacle(peer, program);
    if (why !== null) console.log(`  ${peer} is not run: ${why}`);
  }
  const history = fileURLToPath(new URL('../history/', import.meta.url));
  mkdirSync(history, { recursive: true });
  const row = {
    date: new Date().toISOString(), case: simCase.name, flows: program.flowCount, rounds,
    heliostatS: ours, flatS: best.get('flat') ?? null, simgrid332S: best.get('simgrid') ?? null, ratio: better < Infinity ? better / ours : null, machine: machine(),
  };
  appendFileSync(`${history}peers.jsonl`, `${JSON.stringify(row)}\n`);
}

const args = process.argv.slice(2);
const roundsAt = args.indexOf('--rounds');
const rounds = roundsAt < 0 ? 3 : Number(args.splice(roundsAt, 2)[1]);
const withoutAt = args.indexOf('--without-simgrid');
if (withoutAt >= 0) args.splice(withoutAt, 1);
const names = withoutAt >= 0 ? ['flat'] : ['flat', 'simgrid'];
if (args.length === 0 || !(rounds >= 1)) {
  console.error('usage: node bench/peers/run.ts [--rounds N] [--without-simgrid] CASE.json[.gz] ...');
  process.exitCode = 2;
} else {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-peers-'));
  try {
    compile(folder, names);
    console.log(`${'case'.padEnd(46)} ${'flows'.padStart(9)} ${'heliostat'.padStart(10)} ${'flat C++'.padStart(10)} ${'SimGrid'.padStart(10)} better / ours`);
    for (const path of args) compareCase(path, { rounds, folder, names });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
