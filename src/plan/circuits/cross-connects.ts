/**
 * Turns the circuits of switches from what they are to what they shall be, by the rules of optical switch ports.
 *
 * A circuit is simplex from a port of side A to a port of side B, and a port is in at most one circuit, so what holds a port must be removed
 * before its successor is created (SONiC OCS design, sonic-net/SONiC pull request 2269). Circuits to remove and to create alternate along
 * chains of shared ports. The order keeps the time from a port's removal to its next creation short: circuits whose ports are free come first,
 * then chain after chain, each creation directly behind the removal that frees its last port, and circuits that nothing replaces go last. A
 * closed chain is worked off from its first circuit in both directions at once; from one end alone its first port would wait for all of it.
 */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Change, CrossConnect, Plan } from '../plan.ts';

const aKey = ({ ocs, aPort }: CrossConnect): string => `${ocs}:${aPort}`;
const bKey = ({ ocs, bPort }: CrossConnect): string => `${ocs}:${bPort}`;
const circuitKey = ({ ocs, aPort, bPort }: CrossConnect): string => `${ocs}:${aPort}:${bPort}`;
const byRow = (one: CrossConnect, other: CrossConnect): number => one.ocs - other.ocs || one.aPort - other.aPort || one.bPort - other.bPort;

/** Circuits found by either of their ports. */
interface Circuits {
  readonly all: readonly CrossConnect[];
  readonly atA: ReadonlyMap<string, CrossConnect>;
  readonly atB: ReadonlyMap<string, CrossConnect>;
}

const circuitsOf = (all: readonly CrossConnect[]): Circuits => ({
  all: [...all].sort(byRow), atA: new Map(all.map((circuit) => [aKey(circuit), circuit])), atB: new Map(all.map((circuit) => [bKey(circuit), circuit])),
});

/** The first port that two circuits claim, as a sentence, or null. */
function twiceUsed(circuits: readonly CrossConnect[], which: string): string | null {
  const { all, atA, atB } = circuitsOf(circuits);
  const clash = all.find((circuit) => atA.get(aKey(circuit)) !== circuit || atB.get(bKey(circuit)) !== circuit);
  if (clash === undefined) return null;
  const side = atA.get(aKey(clash)) === clash ? `B ${clash.bPort}` : `A ${clash.aPort}`;
  return `${which} circuits of switch ${clash.ocs} use port ${side} twice; a port is in at most one circuit.`;
}

interface Chain {
  /** Circuits to remove, neighbours along the chain side by side. */
  readonly removals: readonly CrossConnect[];
  readonly isClosed: boolean;
}

/** The circuit to remove that stands next along the chain: the one whose B port the successor at our A port wants, or the other way round. */
const nextOverA = (circuit: CrossConnect, gone: Circuits, made: Circuits): CrossConnect | undefined => {
  const successor = made.atA.get(aKey(circuit));
  return successor === undefined ? undefined : gone.atB.get(bKey(successor));
};
const nextOverB = (circuit: CrossConnect, gone: Circuits, made: Circuits): CrossConnect | undefined => {
  const successor = made.atB.get(bKey(circuit));
  return successor === undefined ? undefined : gone.atA.get(aKey(successor));
};

function chainFrom(start: CrossConnect, gone: Circuits, made: Circuits): Chain {
  const removals = [start];
  for (let next = nextOverA(start, gone, made); next !== undefined; next = nextOverA(next, gone, made)) {
    if (next === start) return { removals, isClosed: true };
    removals.push(next);
  }
  for (let next = nextOverB(start, gone, made); next !== undefined; next = nextOverB(next, gone, made)) removals.unshift(next);
  return { removals, isClosed: false };
}

/** First, second, last, third, last but one, ...: neighbours on the ring stand at most two places apart. */
function bothWaysRound(ring: readonly CrossConnect[]): readonly CrossConnect[] {
  const order = [...ring.slice(0, 1)];
  for (let low = 1, high = ring.length - 1; low <= high; low++, high--) order.push(...ring.slice(low, low + 1), ...(low < high ? ring.slice(high, high + 1) : []));
  return order;
}

function changesOf(gone: Circuits, made: Circuits): readonly Change[] {
  const busyA = new Set(gone.atA.keys());
  const busyB = new Set(gone.atB.keys());
  const isReady = (circuit: CrossConnect | undefined): circuit is CrossConnect => circuit !== undefined && !busyA.has(aKey(circuit)) && !busyB.has(bKey(circuit));
  const changes: Change[] = made.all.filter(isReady).map((circuit) => ({ kind: 'connect', circuit }));
  const isReplaced = (circuit: CrossConnect): boolean => made.atA.has(aKey(circuit)) || made.atB.has(bKey(circuit));
  const seen = new Set<CrossConnect>();
  const darkSince = new Map<string, number>();
  for (const start of gone.all) {
    if (seen.has(start) || !isReplaced(start)) continue;
    const { removals, isClosed } = chainFrom(start, gone, made);
    for (const circuit of isClosed ? bothWaysRound(removals) : removals) {
      seen.add(circuit);
      changes.push({ kind: 'disconnect', circuit });
      darkSince.set(`A${aKey(circuit)}`, changes.length).set(`B${bKey(circuit)}`, changes.length);
      busyA.delete(aKey(circuit));
      busyB.delete(bKey(circuit));
      const successors = [made.atA.get(aKey(circuit)), made.atB.get(bKey(circuit))].filter(isReady);
      // Of two creations the one goes first whose other port has waited longer.
      const since = (successor: CrossConnect): number => Math.min(darkSince.get(`A${aKey(successor)}`) ?? Infinity, darkSince.get(`B${bKey(successor)}`) ?? Infinity);
      successors.sort((one, other) => since(one) - since(other));
      changes.push(...successors.map((successor): Change => ({ kind: 'connect', circuit: successor })));
    }
  }
  for (const circuit of gone.all) if (!isReplaced(circuit)) changes.push({ kind: 'disconnect', circuit });
  return changes;
}

/** The longest time of a port between a removal and its next creation, counted in changes. */
export function darkWindowMax(changes: readonly Change[]): number {
  const darkSince = new Map<string, number>();
  let longest = 0;
  changes.forEach((change, at) => {
    if (change.kind !== 'connect' && change.kind !== 'disconnect') return;
    for (const port of [`A${aKey(change.circuit)}`, `B${bKey(change.circuit)}`]) {
      if (change.kind === 'disconnect') darkSince.set(port, at);
      else longest = Math.max(longest, at - (darkSince.get(port) ?? at));
    }
  });
  return longest;
}

/**
 * The ordered, reversible changes that lead from the current to the target circuits; circuits in both stay lit. One such plan at a time may
 * run on a switch: it holds only for the circuits it was made from.
 * Refuses with `impossible-circuits` when either list uses a port twice.
 */
export function planCrossConnects(current: readonly CrossConnect[], target: readonly CrossConnect[]): Plan | Refusal {
  const clashes = [twiceUsed(current, 'Current'), twiceUsed(target, 'Wanted')].filter((clash) => clash !== null);
  if (clashes.length > 0) return refuse('impossible-circuits', 'never', ...clashes);
  const wanted = new Set(target.map(circuitKey));
  const held = new Set(current.map(circuitKey));
  const gone = circuitsOf(current.filter((circuit) => !wanted.has(circuitKey(circuit))));
  const made = circuitsOf(target.filter((circuit) => !held.has(circuitKey(circuit))));
  const changes = changesOf(gone, made);
  if (changes.length === 0) return { changes, reasons: [`All ${current.length} circuits are as they shall be.`] };
  const kept = current.length - gone.all.length;
  return {
    changes,
    reasons: [`${made.all.length} circuits are created, ${gone.all.length} removed and ${kept} stay lit; a port that changes waits at most ${darkWindowMax(changes)} changes for its next circuit.`],
  };
}
