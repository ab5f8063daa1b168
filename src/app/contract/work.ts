/**
 * Jobs, leases, placements, policies and maintenance: what is asked of the light and what was granted.
 *
 * What is asked takes no field that it does not know: a floor with a typing error in its name must not become a lease without one.
 */

import { z } from 'zod';
import { instantNsSchema, nsSchema, rungSchema, shownText, trafficClassSchema, versionSchema } from './words.ts';

export const leaseRequestSchema = z.strictObject({
  id: shownText(200).min(1).optional().describe('Chosen by the server when absent'), tenant: shownText(200).min(1), job: shownText(200).nullable().default(null),
  trafficClass: trafficClassSchema, fromRank: z.number().int().min(0), toRank: z.number().int().min(0),
  rateGbps: z.number().min(1e-6).max(1e9).nullable().default(null), bits: z.number().positive().max(1e24).nullable().default(null), floorGbps: z.number().min(0).max(1e9).default(0),
  startNs: instantNsSchema.optional(), endNs: instantNsSchema.optional(), durationS: z.number().positive().max(1e9).optional().describe('Instead of endNs'),
}).meta({ examples: [{ id: 'copy-1', tenant: 'team-b', trafficClass: 'checkpoint', fromRank: 0, toRank: 40, rateGbps: 5, floorGbps: 1, durationS: 600 }] });
export type LeaseRequestBody = z.infer<typeof leaseRequestSchema>;

export const leaseSchema = z.object({
  id: z.string(), tenant: z.string(), job: z.string().nullable(), trafficClass: trafficClassSchema, fromRank: z.number().int(), toRank: z.number().int(),
  askedGbps: z.number().nullable(), grantedGbps: z.number(), floorGbps: z.number(), startNs: nsSchema, endNs: nsSchema,
  paths: z.array(z.object({ links: z.array(z.number().int()), names: z.array(z.string()), wavelengths: z.array(z.array(z.number().int())), rateGbps: z.number() })), version: versionSchema,
});
export type LeaseView = z.infer<typeof leaseSchema>;

/** The answer to asking for light: granted, or refused with offers that would be granted. */
export const leaseAnswerSchema = z.object({
  granted: z.boolean(), dryRun: z.boolean(), lease: leaseSchema.nullable(),
  refusal: z.object({ code: z.string(), remedy: z.enum(['wait', 'preempt', 'never']), reasons: z.array(z.string()) }).nullable(),
  offers: z.array(leaseRequestSchema), preempts: z.array(z.string()).describe('Leases that would yield'), changes: z.number().int(),
});
export type LeaseAnswer = z.infer<typeof leaseAnswerSchema>;

export const jobSchema = z.object({
  id: z.string(), tenant: z.string(), gpus: z.number().int(), ranks: z.array(z.number().int()), replicas: z.number().int(), replicasAsked: z.number().int(),
  steps: z.number().int(), stepsAsked: z.number().int(),
  stepS: z.number().nullable().describe('Now, by what its leases hold; null while it stands'), stepAskedS: z.number().describe('With all its light'),
  losingGpuS: z.number().describe('Accelerator-seconds lost per second'),
  restarts: z.number().int(), shiftS: z.number(),
  turn: z.object({
    with: z.array(z.string()), startNs: nsSchema.describe('A step begins then, on the clock of leases, and every stepS from there'), stepS: z.number(), holdS: z.number().describe('Waited in every step, part of stepS'),
  }).nullable().describe('Its place among jobs that take turns with light that does not carry all of them at once'),
  held: z.object({ code: z.string(), remedy: z.string(), reasons: z.array(z.string()) }).nullable(),
  phases: z.array(z.object({
    name: z.string(), trafficClass: trafficClassSchema, exposedS: z.number(), exposedAskedS: z.number().optional().describe('With all its light'), share: z.number().describe('Of the light it asked for') })),
  leases: z.number().int(), shortLeases: z.number().int(), version: versionSchema,
});
export type JobView = z.infer<typeof jobSchema>;

/** The least that a Workload file says. */
export const workloadExample = 'kind: Workload\nversion: 1\nmodel: llama-3.1-8b\nparallelism: {tensor: 8}\nsequenceLength: 8192\nglobalBatchTokens: 1048576\n';

/** A workload to place; the same fields as a Workload file, or the name of a preset example. */
export const placementRequestSchema = z.strictObject({
  workload: z.string().max(200_000).describe('Text of a Workload file (YAML)'), gpus: z.number().int().min(1).optional().describe('Where the workload leaves its data parallelism open'),
  spread: z.boolean().default(false), candidatesMax: z.number().int().min(1).max(50).default(5),
}).meta({ examples: [{ workload: workloadExample, gpus: 16 }] });

export const placementSchema = z.object({
  candidates: z.array(z.object({ ranks: z.array(z.number().int()), stepS: z.number(), failureProbability: z.number(), powerKw: z.number(), score: z.number(), reasons: z.array(z.string()) })),
  elsewhere: z.array(z.object({ where: z.string(), code: z.string(), reason: z.string() })).describe('Why not there'),
  refusal: z.object({ code: z.string(), remedy: z.string(), reasons: z.array(z.string()) }).nullable(),
});
export type Placements = z.infer<typeof placementSchema>;

export const maintenanceRequestSchema = z.strictObject({
  component: z.string().min(1).max(400).describe('Name, as the map shows it'), action: z.enum(['drain', 'repair', 'verify', 'return', 'cancel']), note: shownText(2000).default(''),
}).meta({ examples: [{ component: 'spine1', action: 'drain', note: 'clean the fibres' }] });
export const maintenanceSchema = z.object({ component: z.string(), row: z.number().int(), stage: z.string(), by: z.string(), sinceNs: nsSchema, version: versionSchema });
export type MaintenanceView = z.infer<typeof maintenanceSchema>;

const priceSchema = z.object({
  lostGpuS: z.number().describe('Accelerator-seconds of progress lost until the cause is gone'), expectedNs: z.number(), extraW: z.number(),
  effects: z.array(z.object({ job: z.string(), stepBeforeNs: z.number(), stepAfterNs: z.number().nullable(), pauseNs: z.number() })),
});

/** A decision with its chain from reading to command, and every plan that was weighed. */
export const decisionSchema = z.object({
  n: z.number().int().describe('Number of the fact'), atNs: nsSchema, rung: rungSchema, because: z.string(), leadNs: z.number().nullable(),
  impact: z.object({
    component: z.string().nullable(), components: z.array(z.string()), lasers: z.array(z.string()), wavelengths: z.array(z.number().int()),
    links: z.array(z.string()), linkRows: z.array(z.number().int()).describe('Directed rows, for the map'),
    leases: z.array(z.string()), classes: z.array(trafficClassSchema), jobs: z.array(z.string()),
  }),
  candidates: z.array(z.object({
    rung: rungSchema, price: priceSchema.nullable().describe('null: it cannot serve, or was not worked out'), isWorkedOut: z.boolean(),
    atLeastGpuS: z.number().nullable().describe('what it would cost at least, where it was not worked out because it cannot win'),
    changes: z.number().int(), reasons: z.array(z.string()),
  })),
  price: priceSchema, changes: z.number().int(), reasons: z.array(z.string()),
  status: z.enum(['open', 'confirmed', 'rolledBack']),
  lostGpuS: z.number(), jobs: z.array(z.string()),
  chain: z.array(z.object({ n: z.number().int(), cause: z.number().int().nullable(), kind: z.string(), text: z.string(), atNs: nsSchema.optional() })).describe('From the reading to the last confirmation'),
});
export type DecisionView = z.infer<typeof decisionSchema>;

export const decisionRowSchema = decisionSchema.pick({ n: true, atNs: true, rung: true, because: true, status: true, lostGpuS: true, jobs: true });
export type DecisionRow = z.infer<typeof decisionRowSchema>;

/** A line of the log in words. */
export const eventSchema = z.object({
  n: z.number().int(), atNs: nsSchema, kind: z.string(), level: z.enum(['info', 'notice', 'warning', 'alarm']), component: z.string().nullable(), job: z.string().nullable(), text: z.string(),
});
export type EventView = z.infer<typeof eventSchema>;

export const alarmSchema = z.object({
  component: z.string(), row: z.number().int(), health: z.string(), reason: z.string(), sinceNs: nsSchema, jobs: z.array(z.string()), runbook: z.string().describe('Anchor in the runbook'),
});
export type AlarmView = z.infer<typeof alarmSchema>;

/** A fault to put into the emulated fabric, or into a fork. */
export const faultSchema = z.strictObject({ component: z.string().min(1).max(400), fault: z.string().min(1).max(60), by: z.number().optional() }).meta({ examples: [{ component: 'coolantloop0', fault: 'warm', by: 6 }] });

export const forkSchema = z.object({
  id: z.string(), of: z.number().int().describe('Log entry at which it was forked'), createdNs: nsSchema, nowNs: nsSchema, by: z.string(), decisions: z.number().int(),
});
export type ForkView = z.infer<typeof forkSchema>;

/** Two states beside each other. */
export const comparisonSchema = z.object({
  fork: z.string(), jobs: z.array(z.object({ id: z.string(), stepS: z.number().nullable(), forkStepS: z.number().nullable() })),
  lightShare: z.object({ live: z.number(), fork: z.number() }), leasesMoved: z.number().int(), leasesDropped: z.number().int(), lostGpuSPerS: z.object({ live: z.number(), fork: z.number() }),
  decisions: z.array(decisionRowSchema), adoptable: z.array(z.string()).describe('Readings that adopting would send to the live controller'),
});
export type Comparison = z.infer<typeof comparisonSchema>;
