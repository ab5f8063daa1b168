/** Rungs that leave every lease on its links: hold, retune, spare. */

import { actText, countText, spanText } from '../../base/number-text.ts';
import type { Grant, GrantPath } from '../../plan/plan.ts';
import { marginDoubt } from '../devices/stale.ts';
import { affectedLeases, heldShort, onJudgedLinks } from './affected.ts';
import type { Affected } from './affected.ts';
import { Ledger } from './ledger.ts';
import type { LadderQuestion, RungAnswer } from './proposal.ts';
import { cannot, propose, withPaths } from './proposal.ts';

/** From light lost without warning to the next plan in force: one report of a device, one decision, one command (estimate; the policy's resend time is of the same order). */
export const unplannedOutageNs = 2e9;

/** Jobs of the affected leases, each with the same pause. */
function pauses(affected: readonly Affected[], ns: number): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { grant } of affected) if (grant.job !== null) found.set(grant.job, ns);
  return found;
}

export function hold({ state, view, affected, leadNs }: LadderQuestion): RungAnswer {
  const risk = pauses(affected, unplannedOutageNs);
  if (leadNs !== null && leadNs > 0 && affected.length > 0) {
    return propose(state, new Map(), [`The light is still there and may last ${spanText(leadNs)}; a loss without warning would cost each job on it ${unplannedOutageNs / 1e9} s.`], { pauseNs: risk });
  }
  const short = affected.filter((one) => one.short.length > 0);
  if (short.length > 0) return cannot(`${countText(short.length, 'lease')} would lose light.`);
  if (affected.length === 0) return propose(state, new Map(), ['No lease runs on the light that is lost.']);
  const least = view.judged.reduce((margin, link) => Math.min(margin, view.marginDb(link)), Infinity);
  const thin = `All leases keep their light at a margin of ${least.toFixed(2)} dB, below what is held; a loss without warning would cost each of its jobs ${unplannedOutageNs / 1e9} s.`;
  return propose(state, new Map(), [thin, ...marginDoubt(state, view.judged)?.reasons ?? []], { pauseNs: risk });
}

export function retune({ state, affected, retuned, view }: LadderQuestion): RungAnswer {
  if (retuned === null) return cannot('No ring is off its line, so tuning wins nothing.');
  const doubt = marginDoubt(state, view.judged);
  if (doubt !== null) return cannot('Tuning spends margin that nobody reads.', ...doubt.reasons);
  const left = affectedLeases(state, retuned.view);
  if (left.length > 0) return cannot(`After tuning ${countText(retuned.changes.length, 'ring')} ${countText(left.length, 'lease')} would still lack light or margin.`);
  const darkNs = state.policy.costs.retuneDarkNs;
  const lock = `${actText(retuned.changes.length, 'ring', 'lock')} on ${retuned.changes.length === 1 ? 'its' : 'their'} next resonance`;
  const reason = `${lock}; each is dark for ${darkNs / 1e6} ms and heaters draw ${retuned.heaterW.toFixed(3)} W more.`;
  return propose(state, new Map(), [reason], { first: retuned.changes, pauseNs: pauses(affected, darkNs), extraW: retuned.heaterW });
}

/** The path with every short wavelength replaced by a free one of the same link, or null. */
function spared(question: LadderQuestion, ledger: Ledger, path: GrantPath): GrantPath | null {
  const wavelengths = path.links.map((link, hop): readonly number[] | null => {
    const own = path.wavelengths[hop] ?? [];
    const short = heldShort(question.state, question.view, path, hop);
    if (short.length === 0) return own;
    const lost = short.reduce((sum, row) => sum + (question.state.wavelengths.rateGbps[row] ?? 0), 0);
    const spare = ledger.freeWavelengths(link, lost);
    return spare === null ? null : [...own.filter((row) => !short.includes(row)), ...spare].sort((a, b) => a - b);
  });
  if (wavelengths.includes(null)) return null;
  return { ...path, wavelengths: wavelengths.filter((rows) => rows !== null) };
}

export function spare(question: LadderQuestion): RungAnswer {
  const { state, view, affected } = question;
  const { overfull } = onJudgedLinks(state, view);
  if (overfull.length > 0) return cannot(`${countText(overfull.length, 'link')} would carry less shared light than is granted; a spare wavelength there does not exist.`);
  if (affected.some(({ atRisk }) => atRisk.length > 0)) return cannot('The whole link is short of margin, and so are its spare wavelengths.');
  const ledger = new Ledger(state, view);
  const grants = new Map<string, Grant | null>();
  for (const { id, grant, short } of affected) {
    const paths: GrantPath[] = [];
    for (const [row, path] of grant.paths.entries()) {
      const next = short.includes(row) ? spared(question, ledger, path) : path;
      if (next === null) return cannot(`Lease ${id} finds no free wavelength on a link of its path.`);
      if (next !== path) {
        ledger.release(path);
        ledger.take(next);
      }
      paths.push(next);
    }
    grants.set(id, withPaths(grant, paths));
  }
  if (grants.size === 0) return cannot('No wavelength that is held alone is lost.');
  const reason = `${actText(grants.size, 'lease', 'move')} to spare wavelengths of the same links; the receiver locks on them in ${state.policy.costs.retuneDarkNs / 1e6} ms.`;
  return propose(state, grants, [reason], { pauseNs: pauses(affected, state.policy.costs.retuneDarkNs) });
}

