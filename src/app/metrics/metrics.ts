/**
 * The metrics that Prometheus scrapes: counters and histograms that entries of the log feed, and gauges that are read from the state
 * at each scrape.
 *
 * Names follow Prometheus: base units at the end (seconds, celsius, ratio, bytes), `_total` on counters. Rates are
 * in `_bytes_per_second`, an eighth of the bits; margins in `_db`, for which Prometheus has no unit of its own. Series stay bounded whatever the size of the cluster: labels
 * are kinds, tiers, classes and rungs; single components, links and jobs appear only in the `worst` gauges, `worstMax` of each.
 */

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** Components, links or jobs that a `worst` gauge names. */
export const worstMax = 10;

/** From tens of microseconds, a decision on one reading, to the seconds of a stuck disk. */
const latencySeconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** Devices answer within milliseconds or, when they are dead, not within the minutes of the policy's retries. */
const deviceSeconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Metrics of Node whose names a linter of Prometheus refuses: gauges that end like counters. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

type Names<L extends string> = readonly [help: string, ...labels: L[]];

/** What entries of the log count. */
function entryCounters(registers: Registry[]) {
  const counter = <L extends string>(name: string, ...[help, ...labelNames]: Names<L>): Counter<L> => new Counter<L>({ name: `heliostat_${name}_total`, help, labelNames, registers });
  return {
    readings: counter('readings', 'Readings taken, by kind.', 'kind'),
    facts: counter('facts', 'Facts logged, by kind.', 'kind'),
    decisions: counter('decisions', 'Decisions, by the rung of the ladder that was chosen and what was read.', 'rung', 'cause'),
    replans: counter('replans', 'Plans that moved, dropped, derated or re-tuned light in use, by what was read.', 'cause'),
    commands: counter('commands', 'Commands sent to devices, resends included, by action.', 'action'),
    commandsEnded: counter('commands_ended', 'Commands that ended, by outcome.', 'outcome'),
    rollbacks: counter('rollbacks', 'Plans that were taken back because a device did not confirm.'),
    setAside: counter('readings_set_aside', 'Readings that nothing was made of, by the code of the refusal.', 'code'),
    missed: counter('device_messages_missed', 'Messages of devices that were lost before one that came.'),
    flaps: counter('component_flaps', 'Changes between up and down that count as flapping, by kind of component.', 'kind'),
    leasesRefused: counter('leases_refused', 'Leases refused, by traffic class and code of the refusal.', 'class', 'code'),
    leasesEnded: counter('leases_ended', 'Leases that ended, by why.', 'why'),
    restarts: counter('job_restarts', 'Jobs that moved and started again from a checkpoint.'),
  };
}

function latencies(registers: Registry[]) {
  const histogram = <L extends string>(name: string, buckets: number[], ...[help, ...labelNames]: Names<L>): Histogram<L> => new Histogram<L>({ name: `heliostat_${name}_seconds`, help, labelNames, buckets, registers });
  return {
    decide: histogram('decision_latency', latencySeconds, 'From a reading heard to its facts decided.'),
    command: histogram('command_latency', latencySeconds, 'From a reading heard to its first command sent, the log on the disk between them.'),
    commit: histogram('store_commit', latencySeconds, 'From facts decided to facts on the disk.'),
    answer: histogram('command_answer', deviceSeconds, 'From a command to its end, by action, on the log\'s clock.', 'action'),
    confirm: histogram('plan_confirm', deviceSeconds, 'From the first command of a plan to its confirmation, on the log\'s clock.'),
    ocsSwitch: histogram('ocs_switch_duration', deviceSeconds, 'From a cross-connect command to a circuit switch saying that it is done.'),
  };
}

function stateGauges(registers: Registry[]) {
  const gauge = <L extends string>(name: string, ...[help, ...labelNames]: Names<L>): Gauge<L> => new Gauge<L>({ name: `heliostat_${name}`, help, labelNames, registers });
  return {
    components: gauge('components', 'Components, by kind and health; kinds that are not installed are left out.', 'kind', 'health'),
    flapping: gauge('components_flapping', 'Components that went up and down more often than the policy allows within its window, by kind.', 'kind'),
    maintenance: gauge('components_in_maintenance', 'Components by stage of maintenance.', 'stage'),
    caseMax: gauge('case_temperature_max_celsius', 'Hottest case as it is believed to settle, by kind.', 'kind'),
    worstCase: gauge('worst_case_temperature_celsius', 'The hottest cases, named.', 'component'),
    marginMin: gauge('link_margin_min_db', 'Least optical margin of any judged link, by tier; -100 where light does not close.', 'tier'),
    worstMargin: gauge('worst_link_margin_db', 'The links with the least margin, named; -100 where light does not close.', 'link'),
    marginHold: gauge('policy_margin_hold_db', 'Margin below which the controller acts.'),
    staleAfter: gauge('policy_telemetry_stale_seconds', 'Age from which telemetry is stale.'),
    confirmTimeout: gauge('policy_confirm_timeout_seconds', 'Age at which a plan that is not confirmed is taken back.'),
    links: gauge('links', 'Directed links, by tier and by what they carry of their design: all, less, or nothing.', 'tier', 'light'),
    design: gauge('design_bytes_per_second', 'Rate of all directed links as designed, by tier.', 'tier'),
    usable: gauge('usable_bytes_per_second', 'Rate that all directed links can carry now, by tier.', 'tier'),
    granted: gauge('granted_bytes_per_second', 'Rate granted on directed links, by tier and traffic class; a lease counts on each link it crosses.', 'tier', 'class'),
    spare: gauge('spare_light_ratio', 'Share of the usable rate that nobody holds, by tier.', 'tier'),
    leases: gauge('leases', 'Leases, by traffic class and state: full, short of light, promised for later.', 'class', 'state'),
    asked: gauge('class_asked_bytes_per_second', 'Rate that leases ask for, by traffic class.', 'class'),
    jobs: gauge('jobs', 'Jobs, by state: running or held.', 'state'),
    slowdownMax: gauge('job_slowdown_max_ratio', 'Step time over the step time with all its light, of the slowest job that runs; 1 with no loss.'),
    slowdown: gauge('job_slowdown_ratio', 'Step time over the step time with all its light, of the jobs that lose most.', 'job_id'),
    lostGpus: gauge('lost_gpus', 'Accelerators whose work is lost to missing light: accelerator-seconds lost per second, over all jobs.'),
    devices: gauge('devices', 'Devices by how they talk: up, silent, lying.', 'link'),
    telemetryAge: gauge('telemetry_age_max_seconds', 'Age of the oldest last telemetry, by kind of component; kinds that were never heard are left out.', 'kind'),
    ocsPorts: gauge('ocs_ports', 'Ports of circuit switches, by state: connected, free, failed (it or its switch gives no light), mismatched (the switch has another circuit than it was told).', 'state'),
    openPlans: gauge('open_plans', 'Plans whose devices have not all confirmed.'),
    openPlanAge: gauge('open_plan_age_max_seconds', 'Age of the oldest plan that is not confirmed; 0 with none.'),
    openCommands: gauge('open_commands', 'Commands without an answer.'),
    logEntries: gauge('log_entries', 'Number of the newest entry that was decided.'),
  };
}

function serverMetrics(registers: Registry[]) {
  const gauge = <L extends string>(name: string, ...[help, ...labelNames]: Names<L>): Gauge<L> => new Gauge<L>({ name: `heliostat_${name}`, help, labelNames, registers });
  return {
    waiting: gauge('readings_waiting', 'Readings of devices that wait to be taken.'),
    dropped: new Counter({ name: 'heliostat_readings_dropped_total', help: 'Readings of devices given up because too many waited.', registers }),
    shed: new Counter({ name: 'heliostat_requests_shed_total', help: 'Requests turned away under load, by what they were.', labelNames: ['kind'] as const, registers }),
    logLag: gauge('log_lag_entries', 'Entries decided and not yet on the disk.'),
    logBytes: gauge('log_size_bytes', 'Size of the log with its archive and snapshots.'),
    diskFree: gauge('log_disk_free_bytes', 'Free space on the disk of the log.'),
    diskSize: gauge('log_disk_size_bytes', 'Size of the disk of the log.'),
    refusing: gauge('store_refusing', '1 while the disk refuses writes and nothing new is taken, else 0.'),
    streams: gauge('stream_clients', 'Clients that follow the event stream.'),
    cutStreams: new Counter({ name: 'heliostat_stream_clients_cut_total', help: 'Clients of the event stream that were cut because they did not read.', registers }),
  };
}

export interface Metrics {
  readonly registry: Registry;
  readonly counters: ReturnType<typeof entryCounters>;
  readonly latencies: ReturnType<typeof latencies>;
  readonly gauges: ReturnType<typeof stateGauges>;
  readonly server: ReturnType<typeof serverMetrics>;
  /** Log time of the first command of each open plan, and of each open command. */
  readonly planSinceNs: Map<number, number>;
  readonly commandSinceNs: Map<number, { readonly atNs: number; readonly action: string }>;
}

export interface MetricsOptions {
  /** Also figures of the process: processor time, memory, event loop, garbage. */
  readonly ofProcess: boolean;
}

/** An empty registry of all metrics. */
export function createMetrics({ ofProcess }: MetricsOptions): Metrics {
  const registry = new Registry();
  if (ofProcess) {
    collectDefaultMetrics({ register: registry });
    for (const name of misnamed) registry.removeSingleMetric(name);
  }
  const registers = [registry];
  return {
    registry, counters: entryCounters(registers), latencies: latencies(registers), gauges: stateGauges(registers), server: serverMetrics(registers),
    planSinceNs: new Map(), commandSinceNs: new Map(),
  };
}
