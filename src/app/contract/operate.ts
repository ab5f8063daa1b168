/** Running the service: events, history, faults, forks, tokens, the audit, and what the probes answer. */

import { z } from 'zod';
import { mapStateSchema } from './cluster.ts';
import { eventSchema, leaseRequestSchema, workloadExample } from './work.ts';
import { instantNsSchema, nsSchema, roleSchema, shownText, trafficClassSchema, versionSchema } from './words.ts';

export const healthAnswerSchema = z.object({ status: z.enum(['ok', 'ready', 'notReady']), version: z.string(), reasons: z.array(z.string()) });

/** Classes of events of the stream. */
export const streamKinds = ['decision', 'alarm', 'job', 'lease', 'state', 'other'] as const;
export type StreamKind = (typeof streamKinds)[number];

/** What changed on the map since the last delta. Rows are those of the fixed tables. */
export const mapDeltaSchema = z.object({
  version: versionSchema, nowNs: nsSchema,
  links: z.object({
    row: z.array(z.number().int()), usableGbps: z.array(z.number()), grantedGbps: z.array(z.number()), marginDb: z.array(z.number().nullable()), topClass: z.array(z.number()),
    offByPlan: z.array(z.number()).describe('As in the state of the map'),
  }),
  components: mapStateSchema.shape.components.describe('Those that changed; a sound one without a case is back as the design has it'),
});
export type MapDelta = z.infer<typeof mapDeltaSchema>;

/** First message of every stream. */
export const streamHelloSchema = z.object({
  version: versionSchema, nowNs: nsSchema, gap: z.boolean().describe('The stream cannot go on behind the last event seen; a `reset` follows that says why'),
  behindN: z.number().int().describe('The stream tells what comes behind this entry'),
  beatMs: z.number().int().optional().describe('The server says something at least this often; three silences are a dead connection'),
});

/** Why a stream cannot go on behind the last event that a client saw. */
export const resetCodes = ['ahead-of-log', 'archived', 'too-far-behind'] as const;

/**
 * Second message of a stream that cannot go on behind the last event, as event `reset`; its id is the entry from which the stream goes
 * on. What the client holds may never have been (a log restored from a backup ends before it) or lacks what came between.
 */
export const streamResetSchema = z.object({
  code: z.enum(resetCodes).describe('ahead-of-log: the event lies behind the end of the log, as after a restore; archived and too-far-behind: entries between are not told any more'),
  version: versionSchema, nowNs: nsSchema, detail: z.string(), remedy: z.string(),
});
export type StreamReset = z.infer<typeof streamResetSchema>;

/** What the stream says when there is nothing else to say, as event `beat`. */
export interface StreamBeat { readonly version: number; readonly nowNs: number }

/** One message of the stream for an event; its id is `n`. */
export const streamEventSchema = eventSchema.extend({ stream: z.enum(streamKinds) });
export type StreamEvent = z.infer<typeof streamEventSchema>;

export const policyViewSchema = z.object({ policy: z.record(z.string(), z.unknown()).describe('Every field in ns, dB and shares, as `heliostat schema Policy` names them'), version: versionSchema });
export const policyPutSchema = z.strictObject({ policy: z.string().min(1).max(200_000).describe('Text of a Policy file (YAML): what it states over the default') })
  .meta({ examples: [{ policy: 'kind: Policy\nversion: 1\nname: quiet nights\n' }] });

export const faultViewSchema = z.object({ component: z.string(), row: z.number().int(), fault: z.string(), by: z.number(), unit: z.string().nullable(), sinceNs: nsSchema });
export const faultKindSchema = z.object({ name: z.string(), unit: z.string().nullable(), does: z.string(), usual: z.number().nullable(), most: z.number() });
export const faultsSchema = z.object({ kinds: z.array(faultKindSchema), faults: z.array(faultViewSchema) });
export const injectedSchema = z.object({ reached: z.array(z.string()), summary: z.string() });

/** Where a class stands among all leases. */
export const leaseSummarySchema = z.object({
  classes: z.array(z.object({ trafficClass: trafficClassSchema, leases: z.number().int(), short: z.number().int(), askedGbps: z.number(), grantedGbps: z.number() })),
});

export const leaseRenewalSchema = z.strictObject({ endNs: instantNsSchema }).meta({ examples: [{ endNs: 3_600_000_000_000 }] });

export const jobRequestSchema = z.strictObject({
  id: shownText(200).min(1), tenant: shownText(200).min(1), workload: z.string().min(1).max(200_000).describe('Text of a Workload file (YAML)'),
  ranks: z.array(z.number().int().min(0)).min(1).max(1_048_576).describe('Accelerator ranks in the order of the job'),
  steps: z.number().int().min(1).max(1e9).default(1_000_000), shareOfRate: z.number().gt(0).max(1).default(0.35).describe('Share of its network rate that the busiest accelerator asks for'),
}).meta({ examples: [{ id: 'night-run', tenant: 'team-b', workload: workloadExample, ranks: [16, 17, 18, 19, 20, 21, 22, 23], steps: 1000 }] });
export const jobReportSchema = z.strictObject({ steps: z.number().int().min(0), stepNs: z.number().min(0) }).meta({ examples: [{ steps: 120, stepNs: 4_200_000_000 }] });

export const doneSchema = z.object({ version: versionSchema, dryRun: z.boolean(), facts: z.array(z.object({ n: z.number().int(), kind: z.string(), text: z.string() })) });
export type Done = z.infer<typeof doneSchema>;

export const renewedSchema = doneSchema.extend({ endNs: nsSchema.describe('Until when the lease stands now: what was asked, or less where the policy gives less at once') });
export type Renewed = z.infer<typeof renewedSchema>;

/** A reading to give to a fork, in words of the edge: names instead of rows. */
export const forkReadingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('telemetry'), component: z.string().min(1).max(400), quantity: z.enum(['caseC', 'supplyC', 'biasRatio', 'rxLossDb', 'txLossDb', 'preFecBer', 'outputShare']), value: z.number() }),
  z.strictObject({
    kind: z.literal('alarm'), component: z.string().min(1).max(400), raised: z.boolean().default(true),
    alarm: z.enum(['lossOfLight', 'partFault', 'laserFault', 'portStuck', 'powerLost', 'flowLost', 'overTemperature']),
  }),
  z.strictObject({ kind: z.literal('drain'), component: z.string().min(1).max(400) }),
  z.strictObject({ kind: z.literal('lease'), request: leaseRequestSchema }),
  z.strictObject({ kind: z.literal('release'), lease: z.string().min(1).max(200) }),
]);
export type ForkReading = z.infer<typeof forkReadingSchema>;
export const forkReadingsSchema = z.strictObject({ readings: z.array(forkReadingSchema).min(1).max(100) }).meta({ examples: [{ readings: [{ kind: 'drain', component: 'spine1' }] }] });
export const forkFaultSchema = z.strictObject({
  component: z.string().min(1).max(400), fault: z.string().min(1).max(60), by: z.number().optional(), forS: z.number().min(1).max(600).default(30).describe('Emulated seconds to let pass'),
}).meta({ examples: [{ component: 'coolantloop0', fault: 'warm', by: 6, forS: 30 }] });
export const forkDoneSchema = z.object({ version: versionSchema, nowNs: nsSchema, facts: z.number().int(), decisions: z.array(z.number().int()) });
export type ForkDone = z.infer<typeof forkDoneSchema>;
export const adoptedSchema = z.object({ sent: z.array(z.string()), version: versionSchema, refusals: z.array(z.object({ code: z.string(), remedy: z.string(), reasons: z.array(z.string()) })) });

export const tokenRequestSchema = z.strictObject({ role: roleSchema, name: shownText(200).min(1) }).meta({ examples: [{ role: 'scheduler', name: 'slurm' }] });
export const tokenViewSchema = z.object({ id: z.string(), name: z.string(), role: roleSchema, createdAt: z.string(), revokedAt: z.string().nullable() });
export const whoAmISchema = z.object({
  id: z.string().describe('As the audit names it; `loopback` for a reader on this computer without a token'), name: z.string(), role: roleSchema,
  may: z.array(roleSchema).describe('Every role whose routes the asker may use'), reads: z.enum(['open', 'closed']).describe('Whether readers on the server\'s computer need no token'),
});
export type WhoAmI = z.infer<typeof whoAmISchema>;
export const tokenMadeSchema = tokenViewSchema.extend({ token: z.string().describe('Shown once; only its hash is kept') });

export const auditSchema = z.object({
  n: z.number().int().describe('Log entry, or a number of its own for what is not in the log'), at: z.string().describe('ISO 8601'), by: z.string(), role: z.string(), method: z.string(), path: z.string(),
  what: z.string(), before: z.string().nullable(), after: z.array(z.string()), source: z.enum(['log', 'server']),
});
export type AuditRow = z.infer<typeof auditSchema>;
