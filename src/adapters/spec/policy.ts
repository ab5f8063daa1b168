/** Reads a Policy file: what it states over a built-in policy, with every contradiction placed where it stands in the file. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import { spanText } from '../../base/number-text.ts';
import type { ComponentKind } from '../../fabric/components.ts';
import type { ClassPolicy, LadderRung, Policy, TenantPolicy } from '../../plan/policy.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import { readFileText } from './files.ts';
import type { PolicyDocument } from './policy-shape.ts';
import { policyShape } from './policy-shape.ts';
import type { SpecSource } from './read-spec.ts';
import { checkShape, settle, sourceOf } from './read-spec.ts';
import { schemaFor } from './schemas.ts';
import { issueAt } from './shape-issues.ts';
import type { DocumentPath } from './source-tree.ts';
import { nodeAt } from './source-tree.ts';

/** What a policy is built from: decisions about it belong to the room that defines it. */
export interface PolicyTerms {
  /** Holds wherever the file says nothing. */
  readonly base: Policy;
  readonly unnamedTenant: TenantPolicy;
  readonly check: (policy: Policy) => readonly Issue[];
}

/** The stated fields only, so that a spread leaves the others as they are. */
function stated<T extends object>(fields: { readonly [K in keyof T]?: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function classFrom(base: ClassPolicy, document: NonNullable<PolicyDocument['classes'][TrafficClassName]>): ClassPolicy {
  const { priority, floor, preemptible, serves, deadline, window, weight } = document;
  return { ...base, ...stated<ClassPolicy>({ priority, floorShare: floor, preemptible, serves, windowNs: window, weight, deadlineNs: deadline === 'none' ? null : deadline }) };
}

const rungFrom = (rung: NonNullable<PolicyDocument['ladder']>[number]): LadderRung => (typeof rung === 'string' ? { rung, enabled: true } : rung);

function policyFrom(document: PolicyDocument, { base, unnamedTenant }: PolicyTerms): Policy {
  const { health, lease, commands, costs } = document;
  const classes = Object.fromEntries(trafficClassNames.map((name) => [name, classFrom(base.classes[name], document.classes[name] ?? {})])) as Record<TrafficClassName, ClassPolicy>;
  return {
    name: document.name, classes,
    health: {
      ...base.health, ...stated<Policy['health']>({
        marginHoldDb: health.marginHold, marginReturnDb: health.marginReturn, holdDownNs: health.holdDown, flapMax: health.flapMax,
        flapWindowNs: health.flapWindow, telemetryStaleNs: health.telemetryStale, predictHorizonNs: health.predictHorizon,
      }),
    },
    ladder: document.ladder?.map(rungFrom) ?? base.ladder,
    lease: { ...base.lease, ...stated<Policy['lease']>({ expiryNs: lease.expiry, counterOffersMax: lease.counterOffersMax, windowMaxNs: lease.windowMax }) },
    tenants: { ...base.tenants, ...Object.fromEntries(Object.entries(document.tenants).map(([name, terms]) => [name, { ...unnamedTenant, ...stated<TenantPolicy>(terms) }])) },
    commands: {
      ...base.commands, ...stated<Policy['commands']>({
        confirmTimeoutNs: commands.confirmTimeout, resendNs: commands.resend, retriesMax: commands.retriesMax,
        reconfigurationsPerOcsPerMinuteMax: commands.reconfigurationsPerOcsPerMinuteMax,
      }),
    },
    costs: {
      ...base.costs, ...stated<Policy['costs']>({ restartNs: costs.restart, checkpointNs: costs.checkpoint, retuneDarkNs: costs.retuneDark }),
      expectedRepairNs: { ...base.costs.expectedRepairNs, ...stated<Record<ComponentKind, number>>(costs.expectedRepair) },
    },
  };
}

/** Field names of the file carry no units: `health.holdDownNs` stands there as `health.holdDown`, `floorShare` as `floor`. */
const documentPath = (path: string): DocumentPath => [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)]
  .map((match) => (match[1] === undefined ? (match[2] ?? '').replace(/(?:Ns|Db)$/, '').replace(/^floorShare$/, 'floor') : Number(match[1])));

/** What a value stands against that was left as built in: then the contradiction was written there. */
const counterparts: Readonly<Record<string, (path: DocumentPath) => DocumentPath>> = {
  'window-too-long': () => ['lease', 'windowMax'], 'expiry-beyond-window': () => ['lease', 'windowMax'], 'no-hysteresis': () => ['health', 'marginHold'],
  'deadline-before-window-ends': (path) => [...path.slice(0, -1), 'window'],
};

/** A built-in value as an author would write it. */
function writtenValue({ path = '', value = '' }: Issue): string {
  if (path.endsWith('Ns')) return spanText(Number(value));
  return path.endsWith('Db') ? `${value} dB` : value;
}

/** An issue of the policy where the file brought it about: at its value, or at what it contradicts. */
function placedIssue(source: SpecSource, issue: Issue): Issue {
  const path = documentPath(issue.path ?? '');
  const placed = issueAt(source, path, issue);
  if (nodeAt(source.tree, path) !== null || issue.value === undefined) return placed;
  const counterpart = counterparts[issue.code]?.(path);
  const other = counterpart === undefined ? null : nodeAt(source.tree, counterpart);
  return { ...placed, ...(other?.place ?? {}), value: writtenValue(issue) };
}

/** Parses the text of a Policy spec; `file` names it in issues. */
export function parsePolicy(text: string, file: string, terms: PolicyTerms): Parsed<Policy> {
  const source = sourceOf({ text, file }, 'Policy');
  if (!source.ok) return source;
  const { tree, prefix, issues } = source.value;
  const shaped = checkShape({ tree, schema: schemaFor('Policy'), prefix }, policyShape);
  const whole = settle(shaped.value, [...issues, ...shaped.issues]);
  if (!whole.ok) return whole;
  const policy = policyFrom(whole.value, terms);
  const contradictions = terms.check(policy).map((issue) => placedIssue(source.value, issue));
  return contradictions.length > 0 ? settle<Policy>(null, contradictions) : parsed(policy);
}

/** Reads a Policy file. */
export function readPolicy(file: string, terms: PolicyTerms): Parsed<Policy> {
  const text = readFileText(file);
  return text.ok ? parsePolicy(text.value.text, file, terms) : text;
}
