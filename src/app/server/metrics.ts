/** Metrics in the text format of Prometheus. */

import { Registry, Gauge, collectDefaultMetrics } from 'prom-client';
import type { Desk } from './desk.ts';

let registry: Registry | null = null;

/** What of the server is counted; each is read when it is asked for. */
const gauges: readonly { readonly name: string; readonly help: string; read(desk: Desk): number }[] = [
  { name: 'heliostat_log_entries', help: 'Newest durable entry of the log', read: ({ live }) => live.store.headN },
  { name: 'heliostat_log_waiting_entries', help: 'Entries that wait for the disk', read: ({ live }) => live.store.waitingEntries },
  { name: 'heliostat_waiting_readings', help: 'Readings of devices that wait to be taken', read: ({ live }) => live.waitingReadings },
  { name: 'heliostat_dropped_readings', help: 'Readings of devices that were given up', read: ({ live }) => live.droppedReadings },
  { name: 'heliostat_jobs', help: 'Running jobs', read: ({ live }) => live.state.jobs.size },
  { name: 'heliostat_leases', help: 'Standing leases', read: ({ live }) => live.state.leases.size },
  { name: 'heliostat_leases_short', help: 'Leases that hold less than they asked for', read: ({ live }) => live.state.short.size },
  { name: 'heliostat_streams', help: 'Open event streams', read: ({ streams }) => streams.count },
  { name: 'heliostat_streams_cut', help: 'Event streams cut because their client did not read', read: ({ streams }) => streams.cutClients },
  { name: 'heliostat_pressure_level', help: 'How much is shed, 0 to 4', read: ({ pressure }) => pressure.level },
  { name: 'heliostat_requests_shed', help: 'Requests that were shed', read: ({ pressure }) => [...pressure.shed.values()].reduce((sum, count) => sum + count, 0) },
];

function createRegistry(desk: Desk): Registry {
  const made = new Registry();
  collectDefaultMetrics({ register: made });
  for (const { name, help, read } of gauges) {
    made.registerMetric(new Gauge({ name, help, registers: [], collect() { this.set(read(desk)); } }));
  }
  return made;
}

export async function renderMetrics(desk: Desk): Promise<{ readonly contentType: string; readonly text: string }> {
  registry ??= createRegistry(desk);
  return { contentType: registry.contentType, text: await registry.metrics() };
}
