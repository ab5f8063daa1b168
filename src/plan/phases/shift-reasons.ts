/** Why jobs shift, or stay, in full sentences with figures. */

import type { PhaseShift, ShiftGroup } from './phase-shift.ts';

const ms = (ns: number): string => `${Number((ns / 1e6).toPrecision(4))} ms`;
const figure = (value: number): string => String(Number(value.toPrecision(3)));

function groupReason(group: ShiftGroup): string {
  const who = `${group.jobs.join(', ')} on ${group.links.join(', ')}`;
  if (group.circleNs === null) {
    return `${who}: the step times agree on no common circle, so bursts drift past each other and no shift lasts; `
      + `${figure(group.idleBefore)} accelerators stand still on average.`;
  }
  const tried = group.exact ? 'every phase was tried' : 'found by descent from two starts';
  const drifting = group.drifting.length > 0 ? ` ${group.drifting.join(', ')} drift past the others and are counted at their average.` : '';
  const slips = group.settled ? '' : ' Some jobs stay late and slip a little in every step, so the phases must be set again as they do.';
  const head = `${who} repeat every ${ms(group.circleNs)}; contention and holding idle ${figure(group.idleBefore)} accelerators`;
  if (group.idleAfter >= group.idleBefore) return `${head}, and no shift does better (${tried} at ${ms(group.resolutionNs)}).${drifting}${slips}`;
  return `${head} now and ${figure(group.idleAfter)} shifted; ${figure(group.excessBeforeGbps)} Gb/s above capacity become `
    + `${figure(group.excessAfterGbps)} Gb/s (${tried} at ${ms(group.resolutionNs)}).${drifting}${slips}`;
}

function shiftReason(shift: PhaseShift): string {
  const hold = shift.holdNs > 0 ? `, holding ${ms(shift.holdNs)} in every step to stay in phase` : '';
  const again = shift.realignSteps === null ? '' : ` Jitter uses it up after ${shift.realignSteps} steps.`;
  return `${shift.job} starts ${ms(shift.shiftNs)} later${hold}: its step goes from ${ms(shift.stepBeforeNs)} to ${ms(shift.stepAfterNs)}.${again}`;
}

/** One sentence per group, then one per job that moves or holds. */
export const shiftReasons = (groups: readonly ShiftGroup[], shifts: readonly PhaseShift[]): readonly string[] => [
  ...groups.map(groupReason), ...shifts.filter((shift) => shift.shiftNs > 0 || shift.holdNs > 0).map(shiftReason),
];
