/** Reads what plays name: clusters with their devices, policies, workloads, and amounts with units. */

import type { Policy } from '../plan/policy.ts';
import { checkPolicy, defaultPolicy, unnamedTenant } from '../plan/policy.ts';
import { resolveFrom } from '../adapters/spec/files.ts';
import { parsePolicy, readPolicy } from '../adapters/spec/policy.ts';
import { placeDesignIssues } from '../adapters/spec/design-places.ts';
import { readCluster, readWorkload } from '../adapters/spec/read-spec.ts';
import type { ClusterSpec } from '../adapters/spec/spec.ts';
import { checkPrecision, planOn } from '../adapters/spec/workload.ts';
import { parseQuantity } from '../adapters/quantity.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import { createClusterPlant } from '../control/cluster-plant.ts';
import { compileWithPhysics } from '../fabric/physics.ts';
import { createCatalogue } from '../optics/catalogue/catalogue.ts';
import { createDevices } from '../sim/devices/create-devices.ts';
import { jobRequest } from '../study/job-request.ts';
import type { PlayAmount, PlayCluster, PlayHost } from '../study/play/host.ts';

function readAmount(text: string, dimension: PlayAmount): Parsed<number> {
  if (dimension !== 'kelvin') return parseQuantity(text, dimension);
  const match = /^(\d+(?:\.\d+)?)K$/.exec(text);
  return match === null ? rejected({ code: 'not-a-quantity', message: 'This is not a difference of temperatures', remedy: 'Write it in kelvin, e.g. 6K', value: text }) : parsed(Number(match[1]));
}

/** Whole documents of what is set: `health.holdDown=10s` is `{health: {holdDown: 10s}}`, `ladder.migrate=off` switches a rung. */
function settingsDocument(base: Policy, settings: readonly string[]): Parsed<object> {
  const document: Record<string, unknown> = { kind: 'Policy', version: 1, name: base.name };
  const issues: Issue[] = [];
  const ladder = base.ladder.map((rung) => ({ ...rung }));
  for (const setting of settings) {
    const [, path, value] = /^([A-Za-z][\w.]*)=(\S+)$/.exec(setting) ?? [];
    if (path === undefined || value === undefined) {
      issues.push({ code: 'not-a-setting', message: 'This is no setting of a policy', remedy: 'Write e.g. health.holdDown=10s, or name a Policy file', value: setting });
      continue;
    }
    const keys = path.split('.');
    if (keys[0] === 'ladder') {
      const rung = ladder.find((one) => one.rung === keys[1]);
      if (rung === undefined || (value !== 'on' && value !== 'off')) issues.push({ code: 'not-a-setting', message: 'This switches no rung', remedy: 'Write e.g. ladder.migrate=off', value: setting });
      else rung.enabled = value === 'on';
      continue;
    }
    let at: Record<string, unknown> = document;
    for (const key of keys.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
    at[keys.at(-1) ?? ''] = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value === 'true' ? true : value === 'false' ? false : value;
  }
  return issues.length > 0 ? { ok: false, issues } : parsed({ ...document, ladder });
}

function withoutPlace({ code, message, remedy, path, value }: Issue): Issue {
  return { code, message, remedy, ...(path === undefined ? {} : { path }), ...(value === undefined ? {} : { value }) };
}

const policyTerms = (base: Policy): Parameters<typeof parsePolicy>[2] => ({ base, unnamedTenant, check: checkPolicy });

/** A host for the plays of one file. Workloads need the spec of the cluster that was read last. */
export function createPlayHost(playFile: string): PlayHost {
  const catalogue = createCatalogue();
  let spec: ClusterSpec | null = null;
  return {
    readAmount,
    readCluster(file): Parsed<PlayCluster> {
      const read = readCluster(resolveFrom(playFile, file));
      if (!read.ok) return read;
      const compiled = compileWithPhysics(read.value.design, catalogue);
      if (!compiled.ok) return { ok: false, issues: placeDesignIssues(read.value, compiled.issues) };
      spec = read.value;
      return parsed({ cluster: compiled.value, plant: createClusterPlant(compiled.value, catalogue), devices: createDevices(compiled.value, catalogue) });
    },
    readPolicy: (file) => readPolicy(resolveFrom(playFile, file), policyTerms(defaultPolicy)),
    adjustPolicy(base, settings) {
      const document = settingsDocument(base, settings);
      if (!document.ok) return document;
      // Contradictions are for the controller to refuse.
      const read = parsePolicy(JSON.stringify(document.value), '', { ...policyTerms(base), check: () => [] });
      // The document is ours; what is wrong with it stands on the line of the play.
      return read.ok ? read : { ok: false, issues: read.issues.map(withoutPlace) };
    },
    readJob(file, cluster, terms) {
      const workload = readWorkload(resolveFrom(playFile, file));
      if (!workload.ok) return workload;
      const plan = planOn(workload.value, terms.ranks.length);
      if (spec === null) return rejected({ code: 'no-cluster', message: 'No cluster has been read', remedy: 'Begin with `cluster FILE`' });
      const issues = [...(plan.ok ? [] : plan.issues), ...checkPrecision(workload.value, spec.accelerator)];
      if (!plan.ok || issues.length > 0) return { ok: false, issues };
      return parsed(jobRequest(cluster, { model: workload.value.model, plan: plan.value, accelerator: spec.accelerator }, terms));
    },
  };
}
