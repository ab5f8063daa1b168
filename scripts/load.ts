/**
 * Everything at once against a real server: leases, telemetry, losses of light and event streams, with the generator on the same
 * machine: `npm run load -- --minutes 10`. Prints what was measured, and the load of the machine, because others may share it.
 */

import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
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
const offered = await offerLeases(server, { perS: leases, seconds, gpus, name: 'load' });
const after = await server.report();
const { commandMs, clientMs } = decisions.reactions({ losses: after.losses.slice(before.losses.length), firstCommandMs: after.firstCommandMs });
const metrics = (await ask(server, 'GET', '/metrics')).text.split('\n').filter((line) => /^heliostat_(?:readings_waiting|readings_dropped|requests_shed|streams|log_entries|pressure)/.test(line));
const ms = (value: number): string => `${value.toFixed(1)} ms`;
const percent = (cpuMs: number): string => `${(cpuMs / 10 / seconds).toFixed(0)}%`;
console.log(`${gpus} accelerators, ${seconds.toFixed(0)} s, load average ${loadavg()[0]?.toFixed(1)}
leases: ${offered.sent} writes offered at ${leases} per second, ${offered.perS.toFixed(0)} per second answered
  ${offered.granted} done, ${offered.refused} refused, ${offered.shed} shed, other answers ${JSON.stringify([...offered.others])}
  p50 ${ms(offered.p50Ms)}, p99 ${ms(offered.p99Ms)}, worst ${ms(offered.worstMs)}
telemetry: ${((after.values - before.values) / seconds).toFixed(0)} values per second
losses of light: ${after.losses.length - before.losses.length}, decided and told ${clientMs.length}, with commands ${commandMs.length}
  reading to the first command ${commandMs.length === 0 ? 'not told: these decisions move leases and tell no device anything' : `p50 ${ms(quantile(commandMs, 0.5))}, p99 ${ms(quantile(commandMs, 0.99))}`}
  reading to the decision at a client p50 ${ms(quantile(clientMs, 0.5))}, p99 ${ms(quantile(clientMs, 0.99))}
streams: ${streams} open, ${open.lost} lost, ${(Math.min(...open.bytes) / 1e6).toFixed(2)} to ${(Math.max(...open.bytes) / 1e6).toFixed(2)} MB heard by each
server: ${percent(after.cpuMs - before.cpuMs)} of one processor, ${percent(after.mainCpuMs - before.mainCpuMs)} in the thread that decides, heap ${before.heapMb.toFixed(0)} to ${after.heapMb.toFixed(0)} MB
${metrics.join('\n')}`);
decisions.close();
open.close();
await server.stop();
