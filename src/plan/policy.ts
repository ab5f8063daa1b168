/** Policy is data: what each traffic class is promised, when the controller acts and returns, in which order it degrades, and what things cost. */

import type { Issue } from '../base/issue.ts';
import { spanText } from '../base/number-text.ts';
import type { ComponentKind } from '../fabric/components.ts';
import { componentKinds } from '../fabric/components.ts';
import type { TrafficClassName } from '../traffic/classes.ts';
import { trafficClasses, trafficClassNames } from '../traffic/classes.ts';
import { policyFigures, repairFigures } from './policy-figures.ts';

/** `reserved` classes hold whole wavelengths alone; `shared` ones hold a rate on wavelengths that nobody holds alone. */
export const serveKinds = ['reserved', 'shared'] as const;
export type ServeKind = (typeof serveKinds)[number];

export interface ClassPolicy {
  /** 1 is served first; no two classes have the same. */
  readonly priority: number;
  /** Share of what a lease asked for that it keeps under pressure, 0 to 1; light inside the floor is not preemptible. */
  readonly floorShare: number;
  readonly preemptible: boolean;
  readonly serves: ServeKind;
  /** A request without a deadline gets this long from its start; `null` leaves it open up to the longest window. */
  readonly deadlineNs: number | null;
  /** Length of a lease that names no end. */
  readonly windowNs: number;
  /** What one Gb/s of the class is worth against one of another class, when several victims of one priority rule are possible. */
  readonly weight: number;
}

export interface HealthPolicy {
  /** Below this margin the controller acts. */
  readonly marginHoldDb: number;
  /** Above this margin, for `holdDownNs`, a derated wavelength returns. */
  readonly marginReturnDb: number;
  readonly holdDownNs: number;
  /** A component that flaps more often than this within the window stays out of service. */
  readonly flapMax: number;
  readonly flapWindowNs: number;
  /** Without telemetry for this long, automatic replans are refused for the component. */
  readonly telemetryStaleNs: number;
  /** The controller acts when a trend reaches its threshold sooner than this. */
  readonly predictHorizonNs: number;
}

/** Rungs of the degradation ladder, in the order of the house. */
export const rungNames = ['hold', 'retune', 'spare', 'reroute', 'derate', 'shift', 'preempt', 'shrink', 'migrate'] as const;
export type RungName = (typeof rungNames)[number];

export interface LadderRung {
  readonly rung: RungName;
  readonly enabled: boolean;
}

export interface LeasePolicy {
  readonly expiryNs: number;
  readonly counterOffersMax: number;
  /** Longest window a request may name. */
  readonly windowMaxNs: number;
}

export interface TenantPolicy {
  /** Share against other tenants of the same class. */
  readonly weight: number;
  /** Largest share of any link that the tenant's leases may hold together, 0 to 1. */
  readonly shareCap: number;
}

export interface CommandPolicy {
  readonly confirmTimeoutNs: number;
  readonly resendNs: number;
  readonly retriesMax: number;
  readonly reconfigurationsPerOcsPerMinuteMax: number;
}

export interface CostPolicy {
  /** R: from failure to the first step after a restart. */
  readonly restartNs: number;
  /** C: what one checkpoint costs the step. */
  readonly checkpointNs: number;
  /** How long a wavelength is dark while it is tuned. */
  readonly retuneDarkNs: number;
  readonly expectedRepairNs: Readonly<Record<ComponentKind, number>>;
}

export interface Policy {
  readonly name: string;
  readonly classes: Readonly<Record<TrafficClassName, ClassPolicy>>;
  readonly health: HealthPolicy;
  /** Cost decides between rungs; this order decides between rungs of equal cost. */
  readonly ladder: readonly LadderRung[];
  readonly lease: LeasePolicy;
  /** Tenants by name; one that is not named weighs `unnamedTenant`. */
  readonly tenants: Readonly<Record<string, TenantPolicy>>;
  readonly commands: CommandPolicy;
  readonly costs: CostPolicy;
}

const second = 1e9;
const hour = 3600 * second;
const figure = (name: keyof typeof policyFigures): number => policyFigures[name].value;

/** Terms of a tenant that the policy does not name. */
export const unnamedTenant: TenantPolicy = { weight: 1, shareCap: 1 };

export const tenantPolicy = (policy: Policy, tenant: string): TenantPolicy =>
  (Object.hasOwn(policy.tenants, tenant) ? policy.tenants[tenant] : undefined) ?? unnamedTenant;

/** Design choices: only the straggler-free class holds whole wavelengths, bulk classes have deadlines, and weight falls by half per priority. */
const served: Readonly<Record<TrafficClassName, Pick<ClassPolicy, 'serves' | 'deadlineNs' | 'windowNs' | 'weight'>>> = {
  allReduce: { serves: 'reserved', deadlineNs: null, windowNs: 24 * hour, weight: 32 },
  allToAll: { serves: 'shared', deadlineNs: null, windowNs: 24 * hour, weight: 16 },
  inferenceFanout: { serves: 'shared', deadlineNs: null, windowNs: 24 * hour, weight: 8 },
  parameterSync: { serves: 'shared', deadlineNs: 60 * second, windowNs: 10 * second, weight: 4 },
  checkpoint: { serves: 'shared', deadlineNs: 600 * second, windowNs: 60 * second, weight: 2 },
  background: { serves: 'shared', deadlineNs: null, windowNs: hour, weight: 1 },
};

const classPolicy = (name: TrafficClassName): ClassPolicy => {
  const { priority, floorShare, preemptible } = trafficClasses[name];
  return { priority, floorShare, preemptible, ...served[name] };
};

export const defaultPolicy: Policy = {
  name: 'default',
  classes: {
    allReduce: classPolicy('allReduce'), allToAll: classPolicy('allToAll'), inferenceFanout: classPolicy('inferenceFanout'),
    parameterSync: classPolicy('parameterSync'), checkpoint: classPolicy('checkpoint'), background: classPolicy('background'),
  },
  health: {
    marginHoldDb: figure('health.marginHoldDb'), marginReturnDb: figure('health.marginReturnDb'), holdDownNs: figure('health.holdDownNs'),
    flapMax: figure('health.flapMax'), flapWindowNs: figure('health.flapWindowNs'), telemetryStaleNs: figure('health.telemetryStaleNs'),
    predictHorizonNs: figure('health.predictHorizonNs'),
  },
  ladder: rungNames.map((rung) => ({ rung, enabled: true })),
  lease: { expiryNs: figure('lease.expiryNs'), counterOffersMax: figure('lease.counterOffersMax'), windowMaxNs: figure('lease.windowMaxNs') },
  tenants: {},
  commands: {
    confirmTimeoutNs: figure('commands.confirmTimeoutNs'), resendNs: figure('commands.resendNs'), retriesMax: figure('commands.retriesMax'),
    reconfigurationsPerOcsPerMinuteMax: figure('commands.reconfigurationsPerOcsPerMinuteMax'),
  },
  costs: {
    restartNs: figure('costs.restartNs'), checkpointNs: figure('costs.checkpointNs'), retuneDarkNs: figure('costs.retuneDarkNs'),
    expectedRepairNs: Object.fromEntries(componentKinds.map((kind) => [kind, repairFigures[kind].value * hour])) as Record<ComponentKind, number>,
  },
};

/** More than no time at all: times are whole nanoseconds. */
const aWhile = { min: 1, above: '0 s' } as const;
/** More than nothing. */
const something = { min: Number.MIN_VALUE, above: '0' } as const;

/** Collects issues: each names its place in the policy, the value and the remedy. */
class Findings {
  readonly issues: Issue[] = [];

  add(code: string, at: { readonly path: string; readonly value: string | number }, message: string, remedy: string): void {
    this.issues.push({ code, message, remedy, path: at.path, value: String(at.value) });
  }

  /** `min` and `max` are allowed values; `above` says in words what the value must exceed. */
  within(path: string, value: number, bounds: { readonly min: number; readonly max?: number; readonly whole?: true; readonly above?: string }): void {
    const max = bounds.max ?? Number.MAX_SAFE_INTEGER;
    const whole = bounds.whole === true;
    if (Number.isFinite(value) && value >= bounds.min && value <= max && (!whole || Number.isInteger(value))) return;
    const range = bounds.above !== undefined ? `more than ${bounds.above}` : bounds.max === undefined ? `at least ${bounds.min}` : `between ${bounds.min} and ${bounds.max}`;
    this.add('out-of-range', { path, value }, `This must be ${whole ? 'a whole number ' : ''}${range}`, `Write ${whole ? 'a whole number' : 'a value'} ${range}`);
  }
}

function checkClasses({ classes }: Policy, found: Findings): void {
  const holder = new Map<number, TrafficClassName>();
  for (const name of trafficClassNames) {
    const path = `classes.${name}`;
    const { priority, floorShare, deadlineNs, windowNs, weight } = classes[name];
    found.within(`${path}.priority`, priority, { min: 1, max: trafficClassNames.length, whole: true });
    found.within(`${path}.floorShare`, floorShare, { min: 0, max: 1 });
    found.within(`${path}.windowNs`, windowNs, aWhile);
    found.within(`${path}.weight`, weight, something);
    if (deadlineNs !== null) found.within(`${path}.deadlineNs`, deadlineNs, aWhile);
    if (deadlineNs !== null && deadlineNs < windowNs) {
      found.add('deadline-before-window-ends', { path: `${path}.deadlineNs`, value: deadlineNs },
        `The deadline of ${name} is sooner than its window of ${spanText(windowNs)} is over`, 'Lengthen the deadline or shorten the window');
    }
    const first = holder.get(priority);
    if (first === undefined) holder.set(priority, name);
    else {
      found.add('priority-tie', { path: `${path}.priority`, value: priority },
        `${first} and ${name} have the same priority, so neither may preempt the other`, `Give each class its own priority from 1 to ${trafficClassNames.length}`);
    }
  }
  for (const low of trafficClassNames) {
    if (classes[low].preemptible) continue;
    const above = trafficClassNames.find((high) => classes[high].preemptible && classes[high].priority < classes[low].priority);
    if (above === undefined) continue;
    found.add('protected-below-preemptible', { path: `classes.${low}.preemptible`, value: 'false' },
      `${low} may not be preempted although ${above}, which has a higher priority, may be`, `Make ${low} preemptible, protect ${above}, or exchange their priorities`);
  }
}

function checkHealth({ health }: Policy, found: Findings): void {
  found.within('health.marginHoldDb', health.marginHoldDb, { min: 0 });
  found.within('health.holdDownNs', health.holdDownNs, { min: 0 });
  found.within('health.flapMax', health.flapMax, { min: 1, whole: true });
  found.within('health.flapWindowNs', health.flapWindowNs, aWhile);
  found.within('health.telemetryStaleNs', health.telemetryStaleNs, aWhile);
  found.within('health.predictHorizonNs', health.predictHorizonNs, { min: 0 });
  if (!(health.marginReturnDb > health.marginHoldDb)) {
    found.add('no-hysteresis', { path: 'health.marginReturnDb', value: health.marginReturnDb },
      `Light would return at ${health.marginReturnDb} dB and be taken back below ${health.marginHoldDb} dB, so it would oscillate`, `Write more than ${health.marginHoldDb} dB`);
  }
}

function checkLadder({ ladder }: Policy, found: Findings): void {
  const seen = new Set<string>();
  ladder.forEach(({ rung }, at) => {
    const place = { path: `ladder[${at}].rung`, value: rung };
    if (!(rungNames as readonly string[]).includes(rung)) found.add('unknown-rung', place, 'There is no such rung', `Choose one of: ${rungNames.join(', ')}`);
    if (seen.has(rung)) found.add('duplicate-rung', place, `The ladder names ${rung} twice`, 'Keep one of them');
    seen.add(rung);
  });
  const missing = rungNames.filter((rung) => !seen.has(rung));
  if (missing.length > 0) {
    found.add('missing-rung', { path: 'ladder', value: [...seen].join(', ') },
      `The ladder leaves out ${missing.join(', ')}`, 'List every rung; write `enabled: false` for those that may not be taken');
  }
  if (ladder.every(({ enabled }) => !enabled)) found.add('no-rung', { path: 'ladder', value: 'all disabled' }, 'No rung may be taken, so every fault would stop its jobs', 'Enable at least `hold`');
}

function checkLimits({ classes, lease, commands, costs }: Policy, found: Findings): void {
  found.within('lease.expiryNs', lease.expiryNs, aWhile);
  found.within('lease.counterOffersMax', lease.counterOffersMax, { min: 0, whole: true });
  found.within('lease.windowMaxNs', lease.windowMaxNs, aWhile);
  if (lease.expiryNs > lease.windowMaxNs) {
    found.add('expiry-beyond-window', { path: 'lease.expiryNs', value: lease.expiryNs },
      `A lease would expire after ${spanText(lease.expiryNs)}, and none may last longer than ${spanText(lease.windowMaxNs)}`, 'Write a shorter expiry, or raise lease.windowMax');
  }
  for (const name of trafficClassNames) {
    if (classes[name].windowNs <= lease.windowMaxNs) continue;
    found.add('window-too-long', { path: `classes.${name}.windowNs`, value: classes[name].windowNs },
      `A default lease of ${name} is longer than the longest window of ${spanText(lease.windowMaxNs)}`, 'Shorten it, or raise lease.windowMax');
  }
  found.within('commands.confirmTimeoutNs', commands.confirmTimeoutNs, aWhile);
  found.within('commands.resendNs', commands.resendNs, aWhile);
  found.within('commands.retriesMax', commands.retriesMax, { min: 0, whole: true });
  found.within('commands.reconfigurationsPerOcsPerMinuteMax', commands.reconfigurationsPerOcsPerMinuteMax, { min: 1, whole: true });
  if (commands.resendNs * commands.retriesMax >= commands.confirmTimeoutNs) {
    found.add('retries-outlast-confirm', { path: 'commands.retriesMax', value: commands.retriesMax },
      `${commands.retriesMax} resends at ${spanText(commands.resendNs)} outlast the confirm timeout of ${spanText(commands.confirmTimeoutNs)}, when the device has already undone the change`,
      'Allow fewer or quicker resends, or a longer timeout');
  }
  found.within('costs.restartNs', costs.restartNs, { min: 0 });
  found.within('costs.checkpointNs', costs.checkpointNs, { min: 0 });
  found.within('costs.retuneDarkNs', costs.retuneDarkNs, { min: 0 });
  for (const kind of componentKinds) found.within(`costs.expectedRepairNs.${kind}`, costs.expectedRepairNs[kind], { min: 0 });
}

function checkTenants({ tenants }: Policy, found: Findings): void {
  for (const [name, { weight, shareCap }] of Object.entries(tenants)) {
    found.within(`tenants.${name}.weight`, weight, something);
    found.within(`tenants.${name}.shareCap`, shareCap, { min: 0, max: 1 });
    if (shareCap === 0) found.add('tenant-without-light', { path: `tenants.${name}.shareCap`, value: shareCap }, `Tenant ${name} could never hold any light`, 'Write a share above 0, or leave the tenant out');
  }
}

/** Every contradiction in a policy at once; an empty list means that the controller may run it. */
export function checkPolicy(policy: Policy): readonly Issue[] {
  const found = new Findings();
  checkClasses(policy, found);
  checkHealth(policy, found);
  checkLadder(policy, found);
  checkLimits(policy, found);
  checkTenants(policy, found);
  return found.issues;
}
