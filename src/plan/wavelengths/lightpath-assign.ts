/**
 * What a controller asks of lightpaths over passive hops: serve many, one more, one less, and what is left after wavelengths went out.
 *
 * Every answer is a plan that has been carried out on the allocator, or a refusal that changed nothing. Whoever is retuned for
 * another finds its new light free before it leaves the old (make before break). A lease has ended only when a plan drops it and does
 * not add it again.
 */

import type { Dice } from '../../base/dice.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Change, Plan } from '../plan.ts';
import { allocateLightpaths } from './lightpath-search.ts';
import { classWeight } from './lightpath-table.ts';
import type { Lightpath, LightpathRequest, Lightpaths } from './lightpaths.ts';
import { enter, freeLight, grantOf, leave, noLight, rivalsOn, setLight } from './lightpaths.ts';
import type { RetuneLimit } from './one-hop-assign.ts';
import { retunesMaxDefault } from './one-hop-assign.ts';

export interface RefusedLightpath {
  readonly request: LightpathRequest;
  readonly refusal: Refusal;
}

export interface LightpathsAnswer {
  readonly plan: Plan;
  readonly refused: readonly RefusedLightpath[];
}

const priorityOf = (light: Lightpaths, { request }: Lightpath): number => light.classes[request.trafficClass].priority;

/** A strictly lower, preemptible class, and nothing inside a floor. */
const yieldsTo = (light: Lightpaths, rival: Lightpath, lightpath: Lightpath): boolean =>
  priorityOf(light, rival) > priorityOf(light, lightpath) && light.classes[rival.request.trafficClass].preemptible && rival.request.floorGbps <= 0;

interface Choice {
  readonly route: number;
  readonly slot: number;
  readonly rivals: readonly Lightpath[];
}

/** Every route and slot in service with those in the way, fewest first, then in order of route and slot. */
function choicesOf(light: Lightpaths, lightpath: Lightpath): readonly Choice[] {
  const choices: Choice[] = [];
  for (let route = 0; route < lightpath.routes.length; route++) {
    for (let slot = 0; slot < light.slots.length; slot++) {
      const rivals = rivalsOn(light, lightpath, route, slot);
      if (rivals !== null) choices.push({ route, slot, rivals });
    }
  }
  return choices.sort((left, right) => left.rivals.length - right.rivals.length || left.route - right.route || left.slot - right.slot);
}

const placesOf = (light: Lightpaths, lightpath: Lightpath, { route, slot }: Choice): ReadonlySet<number> =>
  new Set(lightpath.routes[route]?.map((link) => link * light.slots.length + slot));

/** Retunes all rivals of a choice onto free light; false and nothing changed when one finds none. */
function clearChoice(light: Lightpaths, lightpath: Lightpath, choice: Choice): boolean {
  const barred = placesOf(light, lightpath, choice);
  const moved: { readonly rival: Lightpath; readonly before: { readonly route: number; readonly slot: number } }[] = [];
  for (const rival of choice.rivals) {
    const to = freeLight(light, rival, (place) => barred.has(place));
    if (to.route < 0) {
      for (const { rival: back, before } of moved.toReversed()) setLight(light, back, before);
      return false;
    }
    moved.push({ rival, before: { route: rival.route, slot: rival.slot } });
    setLight(light, rival, to);
  }
  return true;
}

/** Gives a lightpath light, retuning at most `retunesMax` others. False and nothing changed when there is no way. */
function serveOne(light: Lightpaths, lightpath: Lightpath, retunesMax: number, changes: Change[]): boolean {
  const free = freeLight(light, lightpath);
  if (free.route >= 0) {
    setLight(light, lightpath, free);
    return true;
  }
  for (const choice of choicesOf(light, lightpath)) {
    if (choice.rivals.length > retunesMax) return false;
    const before = choice.rivals.map((rival) => grantOf(light, rival));
    if (!clearChoice(light, lightpath, choice)) continue;
    choice.rivals.forEach((rival, at) => {
      const [from, to] = [before[at], grantOf(light, rival)];
      if (from !== null && from !== undefined && to !== null) changes.push({ kind: 'move', from, to });
    });
    setLight(light, lightpath, choice);
    return true;
  }
  return false;
}

function explain(light: Lightpaths, lightpath: Lightpath, retunesMax: number): Refusal {
  const { id } = lightpath.request;
  const choices = choicesOf(light, lightpath);
  if (choices.length === 0) return refuse('no-wavelength-in-service', 'wait', `Lease ${id} has ${lightpath.routes.length} routes and no slot is in service along any of them.`);
  const yielding = choices.find(({ rivals }) => rivals.every((rival) => yieldsTo(light, rival, lightpath)));
  const reason = `On none of ${lightpath.routes.length} routes has lease ${id} one of ${light.slots.length} slots free from end to end, even after retuning up to ${retunesMax} others.`;
  if (yielding === undefined) return refuse('no-continuous-wavelength', 'wait', reason, 'Nobody in the way yields to this class; it is served when a lease ends.');
  return refuse('no-continuous-wavelength', 'preempt', reason, `Leases ${yielding.rivals.map(({ request }) => request.id).join(', ')} of lower classes may be preempted for it.`);
}

/** Serves one more request and retunes at most `retunesMax` others for it, all of them lit throughout. */
export function assignLightpath(light: Lightpaths, request: LightpathRequest, { retunesMax = retunesMaxDefault }: RetuneLimit = {}): Plan | Refusal {
  const lightpath = enter(light, request);
  const changes: Change[] = [];
  if (!serveOne(light, lightpath, retunesMax, changes)) {
    const refusal = explain(light, lightpath, retunesMax);
    leave(light, lightpath);
    return refusal;
  }
  const moved = changes.flatMap((change) => (change.kind === 'move' ? [change.to.id] : []));
  const grant = grantOf(light, lightpath);
  if (grant !== null) changes.push({ kind: 'add', grant });
  const reasons = [`Lease ${request.id} holds slot ${light.slots[lightpath.slot] ?? -1} on ${lightpath.routes[lightpath.route]?.length ?? 0} links.`];
  if (moved.length > 0) reasons.push(`${moved.length} others retune for it and stay lit: ${moved.join(', ')}.`);
  return { changes, reasons };
}

/** Ends a lease. Nobody else moves. */
export function releaseLightpath(light: Lightpaths, id: string): Plan | Refusal {
  const lightpath = light.byId.get(id);
  if (lightpath === undefined) return refuse('unknown-lease', 'never', `No lease ${id} is held on these links.`);
  const grant = grantOf(light, lightpath);
  leave(light, lightpath);
  return { changes: grant === null ? [] : [{ kind: 'drop', grant }], reasons: [`Lease ${id} ends and frees its slot.`] };
}

/** Serves as much of these requests as the search finds beside what is held, which stays where it is. Higher classes weigh more (`classWeight`). */
export function assignLightpaths(light: Lightpaths, requests: readonly LightpathRequest[], { dice }: { readonly dice: Dice }): LightpathsAnswer {
  const lightpaths = requests.map((request) => enter(light, request));
  const routes = lightpaths.flatMap((lightpath) => lightpath.routes);
  const sums = (lengths: readonly number[]): Int32Array => lengths.reduce((sum, length, at) => {
    sum[at + 1] = (sum[at] ?? 0) + length;
    return sum;
  }, new Int32Array(lengths.length + 1));
  const routeFirst = sums(lightpaths.map((lightpath) => lightpath.routes.length));
  const answer = allocateLightpaths({
    linkCount: light.links.length, wavelengthCount: light.slots.length, demandCount: requests.length, routeFirst, linkFirst: sums(routes.map(({ length }) => length)),
    link: Int32Array.from(routes.flat()), weight: Float64Array.from(lightpaths, (lightpath) => classWeight(priorityOf(light, lightpath))),
    isDead: Uint8Array.from(light.holder, (holder) => (holder === -1 ? 0 : 1)),
  }, { dice });
  lightpaths.forEach((lightpath, at) => {
    const route = answer.route[at] ?? -1;
    if (route >= 0) setLight(light, lightpath, { route: route - (routeFirst[at] ?? 0), slot: answer.wavelength[at] ?? -1 });
  });
  const changes: Change[] = [];
  const refused: RefusedLightpath[] = [];
  for (const lightpath of lightpaths) {
    const grant = grantOf(light, lightpath);
    if (grant !== null) changes.push({ kind: 'add', grant });
    else refused.push({ request: lightpath.request, refusal: explain(light, lightpath, 0) });
  }
  for (const { request } of refused) releaseLightpath(light, request.id);
  return { plan: { changes, reasons: [`${changes.length} of ${requests.length} lightpaths hold a slot from end to end.`] }, refused };
}

/** Drops whoever yields on the choice that costs the least light; `null` when somebody on every choice does not. */
function preemptFor(light: Lightpaths, lightpath: Lightpath, changes: Change[]): readonly Lightpath[] | null {
  const choice = choicesOf(light, lightpath).find(({ rivals }) => rivals.every((rival) => yieldsTo(light, rival, lightpath)));
  if (choice === undefined) return null;
  for (const rival of choice.rivals) {
    const grant = grantOf(light, rival);
    if (grant !== null) changes.push({ kind: 'drop', grant });
    setLight(light, rival, noLight);
  }
  setLight(light, lightpath, choice);
  return choice.rivals;
}

/**
 * Re-plans after wavelengths (fabric rows; those of other links are skipped) went out of service: highest class first, each lightpath
 * that lost its light gets free light, or others retune for it, or lower preemptible classes without a floor there yield and look for other light.
 */
export function withdrawFromLightpaths(light: Lightpaths, rows: Iterable<number>, { retunesMax = retunesMaxDefault }: RetuneLimit = {}): LightpathsAnswer {
  const changes: Change[] = [];
  const hit = new Set<Lightpath>();
  for (const row of rows) {
    const place = light.placeOfRow.get(row);
    if (place === undefined) continue;
    const lightpath = light.byRow[light.holder[place] ?? -1];
    if (lightpath !== undefined) {
      // What was lost is told first, so that no later step finds the rest of it still taken.
      const grant = grantOf(light, lightpath);
      if (grant !== null) changes.push({ kind: 'drop', grant });
      hit.add(lightpath);
      setLight(light, lightpath, noLight);
    }
    light.holder[place] = -2;
  }
  const hitCount = hit.size;
  const refused: RefusedLightpath[] = [];
  while (hit.size > 0) {
    const [lightpath] = [...hit].sort((left, right) => priorityOf(light, left) - priorityOf(light, right) || left.order - right.order);
    if (lightpath === undefined) break;
    hit.delete(lightpath);
    const losers = serveOne(light, lightpath, retunesMax, changes) ? [] : preemptFor(light, lightpath, changes);
    for (const loser of losers ?? []) hit.add(loser);
    const grant = grantOf(light, lightpath);
    if (grant !== null) changes.push({ kind: 'add', grant });
    else {
      refused.push({ request: lightpath.request, refusal: explain(light, lightpath, retunesMax) });
      leave(light, lightpath);
    }
  }
  return { plan: { changes, reasons: [`${hitCount} lightpaths lost their light; ${refused.length} leases end without another.`] }, refused };
}

/** Returns wavelengths to service; leases that ended for want of them come back as new requests. */
export function returnToLightpaths(light: Lightpaths, rows: Iterable<number>): void {
  for (const row of rows) {
    const place = light.placeOfRow.get(row);
    if (place !== undefined && light.holder[place] === -2 && (light.rateGbps[row] ?? 0) > 0) light.holder[place] = -1;
  }
}
