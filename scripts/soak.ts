/**
 * A soak of the real server: leases, telemetry, losses of light, streams and reads for as long as one likes, with its memory after a full
 * collection and its folder watched: `npm run soak -- --minutes 60`. Its last line is the verdict: the slope of memory in MB per hour with the
 * range in which it lies at 95 % confidence. Ends with 1 when memory surely grows, an answer fails or a stream is lost.
 */

import { readdirSync, statSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ask, offerLeases, openStreams, startLoadedServer } from '../bench/workloads/server-load.ts';

const usage = `Usage: npm run soak -- [options]
  --minutes M   length of the run (default 60)
  --leases N    writes of leases per second (default 100)
  --values N    telemetry values per second (default 5000)`;

const text = (value: string): { readonly type: 'string'; readonly default: string } => ({ type: 'string', default: value });
const { values } = parseArgs({ options: { minutes: text('60'), leases: text('100'), values: text('5000'), help: { type: 'boolean', default: false } } });
const [minutes, leases, telemetry] = [Number(values.minutes), Number(values.leases), Number(values.values)];
if (values.help || ![minutes, leases, telemetry].every((value) => value > 0)) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

const gpus = 1024;
const lossesPerS = 0.2;
const streams = 20;
const sampleS = Math.min(60, Math.max(8, minutes * 60 / 20));
/** Share of the run, and the time at least, in which code is compiled and tables fill; memory is judged from then on. */
const warmUpShare = 0.25;
const warmUpLeastMinutes = 2;
/** Growth of memory from then on that is still called steady, MB per hour at this load. */
const slopeMbPerHourMax = 200;

const bytesOf = (dir: string): number => readdirSync(dir, { withFileTypes: true }).reduce((sum, entry) => sum + (entry.isDirectory() ? bytesOf(join(dir, entry.name)) : statSync(join(dir, entry.name)).size), 0);

interface Slope {
  readonly perHour: number;
  /** The slope lies within this of it, 95 times in 100. */
  readonly within: number;
}

/** The 97.5 % quantile of Student's t: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5, to its second order; good to 2 % from 4 degrees on. */
function studentT(degrees: number): number {
  const z = 1.959964;
  return z + (z ** 3 + z) / (4 * degrees) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2);
}

/** Least-squares slope of y over x, with its range as if what is left over were noise. */
function slope(points: readonly (readonly [x: number, y: number])[]): Slope {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const spreadX = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const perHour = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spreadX;
  const left = points.reduce((sum, [x, y]) => sum + (y - meanY - perHour * (x - meanX)) ** 2, 0);
  const degrees = points.length - 2;
  return { perHour, within: studentT(degrees) * Math.sqrt(left / degrees / spreadX) };
}

const server = await startLoadedServer({ gpus, values: telemetry, losses: lossesPerS, hasExamples: true, execArgv: ['--expose-gc'] });
const open = await openStreams(server, streams);
const reads = ['/api/v1/cluster', '/api/v1/map/state', '/api/v1/leases?limit=50', '/api/v1/jobs', '/api/v1/decisions', '/api/v1/events?limit=50', '/metrics'];
const startedMs = performance.now();
const samples: { readonly hours: number; readonly heapMb: number; readonly rssMb: number; readonly folderMb: number; readonly headN: number }[] = [];
let round = 0;
let failed = 0;
while (performance.now() - startedMs < minutes * 60_000) {
  const offered = await offerLeases(server, { perS: leases, seconds: sampleS, gpus, name: `soak-${round++}` });
  failed += [...offered.others.values()].reduce((sum, count) => sum + count, 0);
  for (const path of reads) await ask(server, 'GET', path);
  // Leases of this round are left to expire by hand, so that the next one begins with as many.
  for (const id of offered.standing) await ask(server, 'DELETE', `/api/v1/leases/${id}`);
  await pause(100);
  const { heapMb, rssMb } = await server.report();
  const headN = Number(/^heliostat_log_entries (\d+)/m.exec((await ask(server, 'GET', '/metrics')).text)?.[1] ?? 0);
  samples.push({ hours: (performance.now() - startedMs) / 3_600_000, heapMb, rssMb, folderMb: bytesOf(server.dir) / 2 ** 20, headN });
  const { hours, folderMb } = samples.at(-1) ?? { hours: 0, folderMb: 0 };
  console.log(`${(hours * 60).toFixed(1)} min: heap ${heapMb.toFixed(1)} MB after collection, resident ${rssMb.toFixed(0)} MB, folder ${folderMb.toFixed(1)} MB,
  entry ${headN}, p99 ${offered.p99Ms.toFixed(0)} ms, load ${loadavg()[0]?.toFixed(1)}`);
}
const warmUpMinutes = Math.max(warmUpLeastMinutes, minutes * warmUpShare);
const warm = samples.filter(({ hours }) => hours * 60 >= warmUpMinutes);
/** With fewer samples nothing is said of a trend. */
const samplesMin = 6;
const slopeOf = (pick: (sample: typeof samples[number]) => number): Slope | null => (warm.length < samplesMin ? null : slope(warm.map((sample) => [sample.hours, pick(sample)])));
const [heap, resident] = [slopeOf(({ heapMb }) => heapMb), slopeOf(({ rssMb }) => rssMb)];
const slopeText = (of: Slope): string => `${of.perHour.toFixed(1)} +- ${of.within.toFixed(1)} MB/hour`;
const isGrowing = heap !== null && heap.perHour - heap.within > slopeMbPerHourMax;
const isSteady = heap !== null && heap.perHour + heap.within <= slopeMbPerHourMax;
const told = heap === null || resident === null ? `too short to tell, ${warm.length} samples after ${warmUpMinutes.toFixed(1)} minutes and at least ${samplesMin} needed`
  : `${isGrowing ? 'memory grows' : isSteady ? 'memory is steady' : 'not sure yet, run longer'}: heap ${slopeText(heap)} at 95 % confidence, at most ${slopeMbPerHourMax}; resident ${slopeText(resident)}`;
const [first, last] = [warm[0], warm.at(-1)];
const grown = first === undefined || last === undefined || last.headN === first.headN ? NaN : (last.folderMb - first.folderMb) * 2 ** 20 / (last.headN - first.headN);
console.log(`load: ${gpus} accelerators, ${leases} leases/s, ${telemetry} values/s, ${lossesPerS} losses of light/s, ${streams} streams, ${reads.length} reads each ${sampleS.toFixed(0)} s, for ${minutes} minutes
log ${grown.toFixed(0)} bytes per entry; ${failed} failed answers; ${open.lost} streams lost
verdict: ${told}`);
open.close();
await server.stop();
process.exitCode = failed > 0 || open.lost > 0 || isGrowing ? 1 : 0;
