/** What is wrong with a request for a lease before anybody looks for light: each problem is a refusal that waiting does not mend. */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import { spanText } from '../explain/name-parts.ts';
import { askedGbps } from '../lease-terms.ts';
import type { LeaseRequest } from '../reading.ts';
import type { State } from '../state.ts';

const isRank = (state: State, rank: number): boolean => Number.isInteger(rank) && rank >= 0 && rank < state.plant.cluster.fabric.gpuNode.length;

/** Instants are finite and not before the log's epoch. */
const isInstant = (ns: number): boolean => Number.isFinite(ns) && ns >= 0;

/** Why nothing may end there: instants are told against now, whatever the clock counts from. */
export const endedText = (id: string, { endNs, atNs }: { readonly endNs: number; readonly atNs: number }): string =>
  (Number.isFinite(endNs) ? `${id} would have ended ${endNs === atNs ? 'just now' : `${spanText(atNs - endNs)} ago`}.` : `${id} names no time for its end.`);

function windowProblem(state: State, { id, startNs, endNs }: LeaseRequest, atNs: number): Refusal | null {
  if (!isInstant(startNs) || !isInstant(endNs)) return refuse('impossible-window', 'never', `${id} names a window from ${startNs} ns to ${endNs} ns.`);
  if (endNs <= atNs) return refuse('lease-in-the-past', 'never', endedText(id, { endNs, atNs }));
  if (endNs <= startNs) return refuse('window-reversed', 'never', `${id} would end ${startNs === endNs ? 'when' : `${spanText(startNs - endNs)} before`} it starts.`);
  const { windowMaxNs } = state.policy.lease;
  if (endNs - startNs > windowMaxNs) return refuse('window-too-long', 'never', `${id} asks for ${spanText(endNs - startNs)}; the policy allows ${spanText(windowMaxNs)}.`);
  return null;
}

function amountProblem({ id, rateGbps, bits, floorGbps, ...rest }: LeaseRequest): Refusal | null {
  if ((rateGbps === null) === (bits === null)) return refuse('impossible-amount', 'never', `${id} must ask for either a rate or an amount.`);
  const amount = rateGbps ?? bits ?? 0;
  if (!(Number.isFinite(amount) && amount > 0)) return refuse('impossible-amount', 'never', `${id} asks for ${amount} ${rateGbps === null ? 'bits' : 'Gb/s'}; more than nothing and less than all is needed.`);
  const asked = askedGbps({ id, rateGbps, bits, floorGbps, ...rest });
  if (!(Number.isFinite(floorGbps) && floorGbps >= 0 && floorGbps <= asked)) return refuse('floor-above-rate', 'never', `${id} asks for a floor of ${floorGbps} Gb/s of ${asked} Gb/s.`);
  return null;
}

/** The first thing that is wrong, or `null`. A start in the past with an end in the future counts as now. */
export function requestProblem(state: State, request: LeaseRequest, atNs: number): Refusal | null {
  const { id, job, fromRank, toRank, trafficClass } = request;
  if (id === '') return refuse('nameless-lease', 'never', 'A lease needs a name.');
  if (state.leases.has(id)) return refuse('duplicate-lease', 'never', `A lease ${id} stands already; renew or release it.`);
  if (!(trafficClassNames as readonly string[]).includes(trafficClass)) return refuse('unknown-class', 'never', `${id} names the class ${trafficClass}; there are ${trafficClassNames.join(', ')}.`);
  if (job !== null && !state.jobs.has(job)) return refuse('unknown-job', 'never', `${id} is of job ${job}, which does not run here.`);
  const stranger = [fromRank, toRank].find((rank) => !isRank(state, rank));
  if (stranger !== undefined) return refuse('unknown-rank', 'never', `${id} names rank ${stranger}; the cluster has ranks 0 to ${state.plant.cluster.fabric.gpuNode.length - 1}.`);
  if (fromRank === toRank) return refuse('no-distance', 'never', `${id} asks for light from rank ${fromRank} to itself.`);
  return windowProblem(state, request, atNs) ?? amountProblem(request);
}
