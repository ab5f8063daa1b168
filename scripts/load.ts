/**
 * Everything at once against a real server: leases, telemetry, losses of light and event streams, with the generator on the same
 * machine: `npm run load -- --minutes 10`. Prints what was measured, minute by minute too, and the load of the machine, because others may
 * share it.
 */

import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { LoadReport } from '../bench/workloads/loaded-server.ts';
import { ask, hearDecisions, offerLeases, openStreams, quantile, startLoadedServer } from '../bench/workloads/server-load.ts';

const usage = `Usage: npm run load -- [options]
  --minutes M     length of the run (default 10)
  --gpus N        accelerators, a multiple of 1,024 (default 4096)
  --leases N      writes of leases per second (default 500)
  --values N      telemetry values per second (default 50000)
  --streams N     event streams (default 100)
  --losses N      losses of light per second (default 2)
  --cpu-prof DIR  writes the server's processor profile there`;

const text = (value: string): { readonly type: 'string'; readonly default: string } => ({ type: 'string', default: value });
const { values } = parseArgs({ options: {
  minutes: text('10'), gpus: text('4096'), leases: text('500'), values: text('50000'), streams: text('100'), losses: text('2'), 'cpu-prof': { type: 'string' }, help: { type: 'boolean', default: false },
} });
const [minutes, gpus, leases, telemetry, streams, losses] = [values.minutes, values.gpus, values.leases, values.values, values.streams, values.losses].map(Number) as [number, number, number, number, number, number];
if (values.help || [minutes, gpus, leases, telemetry, streams, losses].some((value) => !(value >= 0))) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

const profile = values['cpu-prof'];
const server = await startLoadedServer({ gpus, values: telemetry, losses, hasExamples: true, execArgv: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`] });
const decisions = hearDecisions(server);
const open = await openStreams(server, streams);
// The first seconds compile the code that the rest runs.
await offerLeases(server, { perS: Math.min(leases, 200), seconds: 3, gpus, name: 'warm-up' });
const before = await server.report();
const seconds = minutes * 60;
/** A shorter run is told in three parts. */
const minuteS = Math.min(60, seconds / 3);
const reports = [before];
const sampling = setInterval(() => void server.report().then((report) => reports.push(report)), minuteS * 1000);
const offered = await offerLeases(server, { perS: leases, seconds, gpus, name: 'load' });
clearInterval(sampling);
const after = await server.report();
const { commandMs, clientMs } = decisions.reactions({ losses: after.losses.slice(before.losses.length), firstCommandMs: after.firstCommandMs });
const waitsMs = after.waitsMs.slice(before.waitsMs.length).sort((a, b) => a - b);
const metrics = (await ask(server, 'GET', '/metrics')).text.split('\n').filter((line) => /^heliostat_(?:readings_waiting|readings_dropped|requests_shed|streams|log_entries|pressure)/.test(line));
const ms = (value: number): string => `${value.toFixed(1)} ms`;
const spread = (values: readonly number[]): string => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? 'none' : `${quantile(sorted, 0.5).toFixed(1)} / ${quantile(sorted, 0.99).toFixed(1)} / ${quantile(sorted, 1).toFixed(1)}`;
};
const perEntry = (from: LoadReport, to: LoadReport): string => ((to.cpuMs - from.cpuMs) / (to.rows.entries - from.rows.entries) * 1000).toFixed(0);

/** What happened between two reports: latencies hang on the machine, processor time per entry hardly does. */
function minuteText(from: LoadReport, to: LoadReport, minute: number): string {
  const [firstS, lastS] = [(minute - 1) * minuteS, minute * minuteS];
  const writes = offered.waits.flatMap(([dueS, wait]) => (dueS >= firstS && dueS < lastS ? wait : []));
  const told = decisions.reactions({ losses: to.losses.slice(from.losses.length), firstCommandMs: after.firstCommandMs });
  const { leases: standing, short, lowered, unsound, openPlans, entries } = to.rows;
  return [
    `${(lastS / 60).toFixed(1)} min: writes ${spread(writes)}, decisions ${spread(told.clientMs)}, commands ${spread(told.commandMs)} ms (p50 / p99 / worst)`,
    `  event loop late by ${to.loopP99Ms.toFixed(0)} / ${to.loopWorstMs.toFixed(0)} ms (p99 / worst), collections ${to.gcMs.toFixed(0)} / ${to.gcWorstMs.toFixed(0)} ms (all / worst)`,
    `  ${perEntry(from, to)} us of processor per entry, ${entries - from.rows.entries} entries`,
    `  heap ${to.heapMb.toFixed(0)} MB, resident ${to.rssMb.toFixed(0)} MB; ${standing} leases, ${short} short, ${lowered} wavelengths lowered, ${unsound} parts not sound, ${openPlans} plans open`,
  ].join('\n');
}
const percent = (cpuMs: number): string => `${(cpuMs / 10 / seconds).toFixed(0)}%`;
console.log(`${gpus} accelerators, ${seconds.toFixed(0)} s, load average ${loadavg()[0]?.toFixed(1)}
leases: ${offered.sent} writes offered at ${leases} per second, ${offered.perS.toFixed(0)} per second answered
  ${offered.granted} done, ${offered.refused} refused, ${offered.shed} shed, other answers ${JSON.stringify([...offered.others])}
  p50 ${ms(offered.p50Ms)}, p99 ${ms(offered.p99Ms)}, worst ${ms(offered.worstMs)}
telemetry: ${((after.values - before.values) / seconds).toFixed(0)} values per second
losses of light: ${after.losses.length - before.losses.length}, decided and told ${clientMs.length}, with commands ${commandMs.length}
  reading to the first command ${commandMs.length === 0 ? 'not told: these decisions move leases and tell no device anything' : `p50 ${ms(quantile(commandMs, 0.5))}, p99 ${ms(quantile(commandMs, 0.99))}`}
  reading to being taken p50 ${ms(quantile(waitsMs, 0.5))}, p99 ${ms(quantile(waitsMs, 0.99))}
  reading to the decision at a client p50 ${ms(quantile(clientMs, 0.5))}, p99 ${ms(quantile(clientMs, 0.99))}
streams: ${streams} open, ${open.lost} lost, ${(Math.min(...open.bytes) / 1e6).toFixed(2)} to ${(Math.max(...open.bytes) / 1e6).toFixed(2)} MB heard by each
server: ${percent(after.cpuMs - before.cpuMs)} of one processor, ${percent(after.mainCpuMs - before.mainCpuMs)} in the thread that decides, heap ${before.heapMb.toFixed(0)} to ${after.heapMb.toFixed(0)} MB
${metrics.join('\n')}
${reports.slice(1).map((report, at) => minuteText(reports[at] ?? before, report, at + 1)).join('\n')}`);
decisions.close();
open.close();
await server.stop();
