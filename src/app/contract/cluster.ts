/** The cluster as the map draws it: fixed tables once, and the state of every link and part beside them, column by column. */

import { z } from 'zod';
import { healthSchema, nsSchema, versionSchema } from './words.ts';

const column = z.array(z.number());

/** Counts and clocks of one cluster; small enough to poll. */
export const clusterSchema = z.object({
  id: z.string(), name: z.string(), fingerprint: z.string().describe('Equal for equal tables of rows'),
  epoch: z.string().describe('Instant of time zero, ISO 8601'), nowNs: nsSchema, version: versionSchema,
  mode: z.enum(['live', 'readOnly', 'fork']).describe('fork: a what-if that commands no device'),
  gpus: z.number().int(), nodes: z.number().int(), links: z.number().int().describe('Directed'), wavelengths: z.number().int(), components: z.number().int(),
  jobs: z.number().int(), leases: z.number().int(), openPlans: z.number().int(),
  oldestN: z.number().int().describe('Oldest entry for which `history` shows the map; 0 while the whole log is at hand'),
  health: z.record(healthSchema, z.number().int()).describe('Components by health'),
  lightShare: z.number().describe('Usable rate of all links over the design rate, 0 to 1'),
  devices: z.object({ up: z.number().int(), stale: z.number().int().describe('Not heard for longer than the policy allows'), silent: z.number().int(), lying: z.number().int() }),
});
export type Cluster = z.infer<typeof clusterSchema>;

/** Fixed tables of the map. Rows are rows of the plant; positions are metres on the floor plan. */
export const mapSchema = z.object({
  cluster: z.string(), fingerprint: z.string(),
  kinds: z.array(z.string()).describe('Names of component kinds; `components.kind` indexes them'),
  tiers: z.array(z.string()).describe('Names of link tiers; `links.tier` indexes them'),
  nodeKinds: z.array(z.string()).describe('Names of node kinds; `nodes.kind` indexes them'), classes: z.array(z.string()).describe('Traffic classes from the highest; `topClass` indexes them'),
  components: z.object({ kind: column, parent: column.describe('-1 for a root'), ordinal: column }).describe('Every component'),
  racks: z.object({ component: column, row: column, xM: column, yM: column }),
  nodes: z.object({ component: column, kind: column, rack: column.describe('Row of `racks`, -1 for none'), slot: column.describe('Place in the rack, from the bottom') }),
  links: z.object({
    from: column.describe('Row of `nodes`'), to: column, tier: column, designGbps: column, lengthM: column,
    nearBody: column.describe('Component of the engine or module at the sending end, -1 for none'), farBody: column.describe('The same at the other end'), wavelengths: column.describe('How many'),
  }).describe('One row per directed link of even number; the odd ones are their twins'),
});
export type ClusterMap = z.infer<typeof mapSchema>;

/** What changes on the map. Columns are in the order of the fixed tables. */
export const mapStateSchema = z.object({
  version: versionSchema, nowNs: nsSchema,
  links: z.object({
    usableGbps: column, grantedGbps: column.describe('Held alone and shared'), marginDb: z.array(z.number().nullable()).describe('null: not judged, or copper'),
    topClass: column.describe('Index of the highest class with light on it, -1 for none'),
    offByPlan: column.describe('1 where nothing is usable because orders switched off what physics allows, else 0'),
  }),
  components: z.array(z.object({
    row: z.number().int(), health: healthSchema, caseC: z.number().nullable(), lossDb: z.number(), isDead: z.boolean(),
    supplyC: z.number().nullable().optional().describe('Of coolant loops: what they supply, as last measured'),
  })).describe('Only those that are not sound, or of which something was measured'),
});
export type MapState = z.infer<typeof mapStateSchema>;

/** One component, with what hangs on it. */
export const componentSchema = z.object({
  row: z.number().int(), name: z.string(), kind: z.string(), part: z.string().nullable(), parent: z.string().nullable(), children: z.array(z.string()),
  health: healthSchema, reason: z.string().nullable().describe('Why it is not sound'), since: nsSchema,
  caseC: z.number().nullable(), settledCaseC: z.number().nullable().describe('As the design settles it'), lossDb: z.number(), isDead: z.boolean(), flaps: z.number().int(),
  measured: z.array(z.object({ quantity: z.string(), value: z.number(), perHour: z.number().nullable(), atNs: nsSchema })),
  blast: z.object({ wavelengths: z.number().int(), linksLost: z.number().int(), linksDerated: z.number().int(), gpusCut: z.number().int(), gpusSlowed: z.number().int() }),
  leases: z.array(z.string()), jobs: z.array(z.string()), maintenance: z.object({ stage: z.string(), by: z.string(), sinceNs: nsSchema }).nullable(), version: versionSchema,
});
export type Component = z.infer<typeof componentSchema>;

/** A component as the list of them tells it. */
export const componentRowSchema = componentSchema.pick({ row: true, name: true, kind: true, part: true, parent: true, health: true, reason: true, version: true });
export type ComponentRow = z.infer<typeof componentRowSchema>;

const wavelengthSchema = z.object({
  row: z.number().int(), slot: z.number().int().describe('-1: none'), designGbps: z.number(), physicsGbps: z.number(), toldGbps: z.number(),
  holder: z.string().nullable().describe('Lease that holds it alone'), trafficClass: z.string().nullable(), tunedNm: z.number(), isDark: z.boolean(),
});

/** A wavelength as the list of all of them tells it. */
export const wavelengthRowSchema = wavelengthSchema.extend({ link: z.number().int().describe('Directed link that it belongs to') });

/** Wavelengths of one link, for the wavelength grid. */
export const wavelengthsSchema = z.object({ link: z.number().int(), name: z.string(), marginDb: z.number().nullable(), rows: z.array(wavelengthSchema), sharedGbps: z.number() });
export type Wavelengths = z.infer<typeof wavelengthsSchema>;

/** Cross-connects of one circuit switch, for the matrix. */
export const circuitsSchema = z.object({
  ocs: z.string(), component: z.number().int(), ports: z.number().int(),
  intended: z.array(z.object({ a: z.number().int(), b: z.number().int() })), observed: z.array(z.object({ a: z.number().int(), b: z.number().int() })).nullable(), version: versionSchema,
});
export type Circuits = z.infer<typeof circuitsSchema>;
