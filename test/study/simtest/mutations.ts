/** Deliberate breakages of the controller, each of which simulated play must catch. */

import type { Substitution } from './substitute.ts';

export interface Mutation extends Substitution {
  readonly breaks: string;
}

const leases = 'src/control/decide/leases.ts';
const hold = 'src/control/evolve/grants.ts';

export const mutations: readonly Mutation[] = [
  { breaks: 'forgets to end leases whose time is over', file: leases, find: 'lease.endNs <= atNs) due.push(lease)', replace: 'lease.endNs <= atNs && lease.request.job !== null) due.push(lease)' },
  { breaks: 'gives back half of what a lease shared', file: hold, find: 'share(state, path, hops, -1);',
    replace: 'share(state, { ...path, rateGbps: path.rateGbps / 2 }, hops, -1);' },
  { breaks: 'forgets facts of a kind in the fold of every other one', file: 'src/control/evolve/components.ts',
    find: "case 'measured': return measure(state, fact, atNs);",
    replace: "case 'measured': return state.n % 2 === 0 ? measure(state, fact, atNs) : null;" },
  { breaks: 'sends a command again under a new number', file: 'src/control/decide/commands.ts', find: 'attempt: attempt + 1, resends: n });', replace: 'attempt: attempt + 1, resends: null });' },
  { breaks: 'returns parts to service without the hold-down', file: 'src/control/health/decide-return.ts', find: 'if (atNs - (sinceNs[component] ?? 0) < holdDownNs || ', replace: 'if (' },
  { breaks: 'loses the cause of what follows from a fact', file: 'src/control/run.ts',
    find: 'for (const fact of followDevices(state, atNs, one.entry, one.ended)) yield* tell({ cause: one.entry.n, body: fact });',
    replace: 'for (const fact of followDevices(state, atNs, one.entry, one.ended)) yield* tell({ cause: n - 1, body: fact });' },
  { breaks: 'believes messages that come late', file: 'src/control/devices/hear.ts', find: 'if (last >= 0 && sequence < last)', replace: 'if (last >= 0 && sequence < last - 1000)' },
  { breaks: 'lets two plans work on one switch', file: 'src/control/commands/follow.ts', find: 'if (switchesOf(state, open).has(ocs)) return [];', replace: '' },
  { breaks: 'lets leases wait when light is free', file: 'src/control/decide/regrow.ts', find: 'if (state.short.size === 0) return [];\n  const parts', replace: 'if (state.short.size >= 0) return [];\n  const parts' },
  { breaks: 'acknowledges leases that are not in the log', file: 'src/control/run.ts',
    find: '  return [entry, ...finish(state, entry, replay(state, entry, []))];',
    replace: "  return [entry, ...finish(state, entry, replay(state, entry, [])).filter(({ body }) => body.kind !== 'leaseAccepted')];" },
  { breaks: 'breaks circuits that it means to keep', file: 'src/control/commands/converge.ts', find: 'extra: minus(observed, intended) };', replace: 'extra: minus(observed, none) };' },
  { breaks: 'does not hear that parts are dead', file: 'src/control/health/belief.ts', find: 'return before.isDead === reading.raised ?', replace: 'return before.isDead === reading.raised || reading.raised ?' },
  { breaks: 'refuses without a reason', file: leases, find: "refusal: refuse(code, remedy, ...reasons), offers:", replace: 'refusal: refuse(code, remedy), offers:' },
  { breaks: 'relights what is out for maintenance', file: 'src/control/health/belief.ts', find: "?? 'draining') !== 'draining') return new Map();", replace: "?? 'draining') === 'gone') return new Map();" },
  { breaks: 'takes light inside a floor', file: 'src/control/leases/yielding.ts',
    find: 'if (own.preemptible && own.priority > priority) return grant.floorGbps;',
    replace: 'if (own.preemptible && own.priority > priority) return 0;' },
  { breaks: 'seeks wavelengths that others hold', file: 'src/control/leases/seek-light.ts', find: ' || ledger.isHeld(row)) continue;', replace: ') continue;' },
  { breaks: 'believes a liar', file: 'src/control/devices/hear.ts', find: 'known.strikes >= strikesMax) return aside(', replace: 'known.strikes >= strikesMax + 1000) return aside(' },
  { breaks: 'does not feel heat', file: 'src/control/health/belief.ts', find: "case 'caseC': return [[component,", replace: "case 'caseC': return component >= 0 ? [] : [[component," },
  { breaks: 'does not complete a log that was cut', file: 'src/control/run.ts', find: 'missing: replayed.issue === null ? finish(state, group.reading, replayed) : [] };', replace: 'missing: [] };' },
  { breaks: 'does not say why a job stands', file: 'src/control/decide/jobs.ts', find: "return job.held === null ? [{ kind: 'jobHeld', id, refusal }] : [];", replace: 'return [];' },
  { breaks: 'does not compare lanes with what is intended', file: 'src/control/commands/lanes.ts', find: 'if (underWay.has(wavelength)) return;', replace: 'if (!underWay.has(wavelength)) return;' },
  { breaks: 'sends orders again that later ones have overtaken', file: 'src/control/decide/commands.ts', find: 'if (isOvertaken(state, action)) {', replace: 'if (isOvertaken(state, action) && atNs < 0) {' },
];
