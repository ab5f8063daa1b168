/** The shape of what stands in a controller's log: of every known kind the fields that are read, so that a body of another program ends in one issue and not in a fault. */

import { z } from 'zod';
import type { Issue } from '../base/issue.ts';
import type { Fact } from '../control/fact.ts';
import { healthNames } from '../control/fact.ts';
import type { Reading } from '../control/reading.ts';
import { componentKinds } from '../fabric/components.ts';
import { rungNames } from '../plan/policy.ts';
import { trafficClassNames } from '../traffic/classes.ts';

const text = z.string();
const texts = z.array(text);
const number = z.number();
const numbers = z.array(number);
/** A row of a table, a number of an entry, a count. */
const whole = z.int();
const wholes = z.array(whole);
const trafficClass = z.enum(trafficClassNames);
/** What no log can hold, NaN and infinity, stands in it as `null`; only what is asked from outside has such numbers. */
const asked = number.nullable();
const askedMany = z.array(asked);

/** Numbers and classes of a request: those of one that was taken are known, those of one that was asked may be whatever somebody wrote. */
interface Terms {
  readonly amount: z.ZodType;
  readonly inClass: z.ZodType;
}
const taken: Terms = { amount: number, inClass: trafficClass };
const wished: Terms = { amount: asked, inClass: text };

const refusal = z.looseObject({ code: text, remedy: text, reasons: texts });
const crossConnect = z.looseObject({ aPort: whole, bPort: whole });
const circuit = z.looseObject({ ocs: whole, aPort: whole, bPort: whole });

const grant = z.looseObject({
  id: text, tenant: text, job: text.nullable(), trafficClass, rateGbps: number, floorGbps: number, startNs: number, endNs: number,
  paths: z.array(z.looseObject({ links: wholes, wavelengths: z.array(wholes), rateGbps: number })),
});

const change = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal(['add', 'drop']), grant }),
  z.looseObject({ kind: z.literal('move'), from: grant, to: grant }),
  z.looseObject({ kind: z.literal(['connect', 'disconnect']), circuit }),
  z.looseObject({ kind: z.literal('setRate'), wavelength: whole, fromGbps: number, toGbps: number }),
  z.looseObject({ kind: z.literal('tune'), wavelength: whole, fromNm: number, toNm: number }),
]);
const changes = z.array(change);
const plan = z.looseObject({ changes, reasons: texts });

const price = z.looseObject({
  lostGpuS: number, expectedNs: number, extraW: number, effects: z.array(z.looseObject({ job: text, stepBeforeNs: number, stepAfterNs: number.nullable(), pauseNs: number })),
});
const counts = z.looseObject({ components: number, lasers: number, wavelengths: number, links: number, leases: number });
const decision = z.looseObject({
  rung: z.enum(rungNames), because: text, leadNs: number.nullable(), plan, price,
  impact: z.looseObject({ counts, component: whole, components: wholes, lasers: wholes, wavelengths: wholes, links: wholes, leases: texts, classes: texts, jobs: texts }),
  candidates: z.array(z.looseObject({ rung: z.enum(rungNames), price: price.nullable(), atLeastGpuS: number.optional(), changes: number, reasons: texts })),
});

const classTerms = z.looseObject({ priority: number, floorShare: number, preemptible: z.boolean(), serves: text, deadlineNs: number.nullable(), windowNs: number, weight: number });
const policy = z.looseObject({
  name: text, classes: z.looseObject(Object.fromEntries(trafficClassNames.map((name) => [name, classTerms]))),
  health: z.looseObject({ marginHoldDb: number, marginReturnDb: number, holdDownNs: number, flapMax: number, flapWindowNs: number, telemetryStaleNs: number, predictHorizonNs: number }),
  ladder: z.array(z.looseObject({ rung: text, enabled: z.boolean() })), lease: z.looseObject({ expiryNs: number, counterOffersMax: number, windowMaxNs: number }),
  tenants: z.record(text, z.looseObject({ weight: number, shareCap: number })),
  commands: z.looseObject({ confirmTimeoutNs: number, resendNs: number, retriesMax: number, reconfigurationsPerOcsPerMinuteMax: number }),
  costs: z.looseObject({ restartNs: number, checkpointNs: number, retuneDarkNs: number, expectedRepairNs: z.looseObject(Object.fromEntries(componentKinds.map((kind) => [kind, number]))) }),
});

const all = (fields: readonly string[], shape: z.ZodType): Record<string, z.ZodType> => Object.fromEntries(fields.map((field) => [field, shape]));

const leaseFields = ['fromRank', 'toRank', 'floorGbps', 'startNs', 'endNs'];

const leaseOf = ({ amount, inClass }: Terms): z.ZodType => z.looseObject({
  id: text, tenant: text, job: text.nullable(), trafficClass: inClass, rateGbps: number.nullable(), bits: number.nullable(), ...all(leaseFields, amount),
});

const computeFields = ['microbatches', 'meanStageNs', 'busiestStageNs', 'forwardNs', 'backwardNs', 'edgeMicrobatches', 'bubbleMicrobatches', 'otherNs'];
const jobFields = ['replicas', 'replicaBlock', 'replicasMin', 'steps', 'checkpointNs', 'restartNs', 'checkpointEverySteps'];
const jobOf = ({ amount, inClass }: Terms): z.ZodType => z.looseObject({
  id: text, tenant: text, ranks: z.array(amount), ...all(jobFields, amount), demands: z.array(z.looseObject({ trafficClass: inClass, fromRank: amount, toRank: amount, rateGbps: amount })),
  profile: z.looseObject({
    compute: z.looseObject(all(computeFields, amount)), contention: amount, durations: z.array(z.looseObject({ timeNs: amount, latencyNs: amount, tier: text })),
    phases: z.array(z.looseObject({ name: text, trafficClass: inClass, window: text, ...all(['perMicrobatch', 'perStep', 'hiddenShare'], amount) })),
  }),
});

const action = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('crossConnect'), ocs: whole, remove: z.array(crossConnect), create: z.array(crossConnect) }),
  z.looseObject({ kind: z.literal('setRates'), wavelengths: wholes, gbps: numbers }),
  z.looseObject({ kind: z.literal('tune'), wavelengths: wholes, nm: numbers }),
  z.looseObject({ kind: z.literal('enable'), component: whole, on: z.boolean() }),
]);

const interleaving = z.looseObject({
  jobs: z.array(z.looseObject({ job: text, startNs: number, stepNs: number, holdNs: number, burstGbps: z.record(text, number) })),
  circleNs: number, links: z.array(z.looseObject({ link: whole, peakGbps: number, heldGbps: number })),
});

const health = z.enum(healthNames);
const id = { id: text } as const;

const facts: Readonly<Record<Fact['kind'], z.ZodType>> = {
  policySet: z.looseObject({ policy }),
  measured: z.looseObject({ quantity: text, components: wholes, values: numbers, perHour: z.array(number.nullable()) }),
  deviceHeard: z.looseObject({ device: text, sequence: number, link: text, missed: number, strikes: number }),
  setAside: z.looseObject({ refusal }),
  believed: z.looseObject({ components: wholes, caseC: z.array(number.nullable()), lossDb: numbers, isDead: z.array(z.boolean()) }),
  judged: z.looseObject({ groups: z.array(z.looseObject({ ranges: wholes, marginDb: number.nullable(), gbps: numbers })) }),
  healthSet: z.looseObject({ component: whole, from: health, to: health, reason: text }),
  flapped: z.looseObject({ component: whole, count: number }),
  decided: z.looseObject({ decision }),
  planned: z.looseObject({ plan, reason: text }),
  confirmed: z.looseObject({ of: whole }),
  rolledBack: z.looseObject({ of: whole, changes, reason: text, restStands: z.literal(true).optional() }),
  commandIssued: z.looseObject({ of: whole, stage: whole, device: text, action, deadlineNs: number, attempt: number, resends: whole.nullable() }),
  commandEnded: z.looseObject({ command: whole, outcome: text, detail: text }),
  lanesApart: z.looseObject({ device: text, rates: wholes, tunings: wholes }),
  circuitsObserved: z.looseObject({ ocs: whole, circuits: z.array(crossConnect) }),
  leaseAccepted: z.looseObject({ request: leaseOf(taken), endNs: number }),
  leaseRefused: z.looseObject({ request: leaseOf(wished), refusal, offers: z.array(leaseOf(wished)) }),
  leaseRenewed: z.looseObject({ ...id, endNs: number }),
  leaseEnded: z.looseObject({ ...id, why: text }),
  jobAdmitted: z.looseObject({ job: jobOf(taken) }),
  jobRefused: z.looseObject({ ...id, refusal }),
  jobProgressed: z.looseObject({ ...id, steps: number, stepNs: number }),
  jobHeld: z.looseObject({ ...id, refusal: refusal.nullable() }),
  jobShifted: z.looseObject({ ...id, byNs: number }),
  interleaved: z.looseObject({ interleaving }),
  interleavingEnded: z.looseObject({ of: whole, reason: text }),
  jobResized: z.looseObject({ ...id, replicas: whole }),
  jobMoved: z.looseObject({ ...id, ranks: wholes, restarts: z.boolean() }),
  jobEnded: z.looseObject(id),
  maintenanceSet: z.looseObject({ component: whole, stage: text, by: text, detail: text }),
};

const sequence = asked;
const readings: Readonly<Record<Reading['kind'], z.ZodType>> = {
  telemetry: z.looseObject({ device: text, sequence, deviceNs: asked, quantity: text, components: askedMany, values: askedMany }),
  alarm: z.looseObject({ device: text, sequence, component: asked, alarm: text, raised: z.boolean() }),
  tick: z.looseObject({}),
  leaseAsked: z.looseObject({ request: leaseOf(wished) }),
  leaseRenewed: z.looseObject({ ...id, endNs: asked }),
  leaseReleased: z.looseObject(id),
  jobAsked: z.looseObject({ job: jobOf(wished) }),
  jobReported: z.looseObject({ ...id, steps: asked, stepNs: asked }),
  jobEnded: z.looseObject(id),
  policySet: z.looseObject({ policy }),
  maintenanceAsked: z.looseObject({ component: asked, action: text, by: text, note: text.optional() }),
  verified: z.looseObject({ component: asked, passed: z.boolean(), detail: text }),
  commandAnswered: z.looseObject({ command: asked, outcome: text, detail: text }),
  lanesObserved: z.looseObject({ device: text, sequence, wavelengths: askedMany, gbps: askedMany, tunedNm: askedMany }),
  circuitsObserved: z.looseObject({ device: text, sequence, ocs: asked, circuits: z.array(z.looseObject({ aPort: asked, bPort: asked })) }),
  deviceSeen: z.looseObject({ device: text, link: text }),
};

const valueMax = 80;

function shown(value: unknown): string {
  const written = value === undefined ? 'nothing' : JSON.stringify(value);
  return written.length > valueMax ? `${written.slice(0, valueMax)}...` : written;
}

const valueAt = (body: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((at: unknown, key) => (typeof at === 'object' && at !== null ? (at as Readonly<Record<PropertyKey, unknown>>)[key] : undefined), body);

const placeText = (path: readonly PropertyKey[]): string => path.reduce<string>((place, key) => `${place}${typeof key === 'number' ? `[${key}]` : `.${String(key)}`}`, 'body');

/** What an entry of a log looks like before its body is known. */
interface UnreadEntry {
  readonly n: number;
  readonly kind: 'reading' | 'fact';
  readonly body: Readonly<Record<string, unknown>>;
}

/** The first thing in a body that is not as its kind has it (`malformed-entry`). Kinds that this version does not know pass: the fold stops at them by name. */
export function bodyIssue({ n, kind, body }: UnreadEntry): Issue | null {
  const about = { code: 'malformed-entry', remedy: 'Restore the log from a backup, or export it again with "heliostat store export"' } as const;
  const name = body.kind;
  if (typeof name !== 'string') return { ...about, path: `entry ${n}, body.kind`, value: shown(name), message: `This ${kind} does not say of which kind it is` };
  const known: Readonly<Record<string, z.ZodType>> = kind === 'fact' ? facts : readings;
  const wrong = Object.hasOwn(known, name) ? known[name]?.safeParse(body).error?.issues[0] : undefined;
  if (wrong === undefined) return null;
  const value = valueAt(body, wrong.path);
  const place = placeText(wrong.path);
  const message = value === undefined ? `A ${kind} of kind ${name} must have \`${place}\`` : `\`${place}\` is not what a ${kind} of kind ${name} has there`;
  return { ...about, path: `entry ${n}, ${place}`, value: shown(value), message };
}
