/** Runs of events that say the same of many things as one line each, so that two dozen commands do not push a decision out of sight. */

import type { EventView } from '../../../src/app/contract/work.ts';

export interface EventRun {
  /** As they came, newest first. */
  readonly events: readonly EventView[];
  /** What all of them are; `null` for a single event, which speaks for itself. */
  readonly title: string | null;
}

/** Fewer than this stay as they are. */
const runLeast = 3;

/** What many events of a kind are together. */
const titles: Readonly<Record<string, string>> = {
  commandIssued: 'devices are told what to do', commandEnded: 'commands have ended', healthSet: 'components change health', deviceSeen: 'devices answer again', deviceHeard: 'devices do not answer',
  leaseAccepted: 'leases are accepted', leaseRefused: 'leases are refused', leaseEnded: 'leases have ended', leaseRenewed: 'leases are renewed', jobProgressed: 'reports of jobs',
  alarm: 'alarms of devices', flapped: 'components go up and down', setAside: 'messages are set aside', maintenanceSet: 'steps of maintenance',
};

/** Kinds that come in turns with another, and are told as that one. */
const families: Readonly<Record<string, string>> = { planned: 'leaseAccepted' };
const familyOf = ({ kind }: EventView): string => families[kind] ?? kind;

/** Events newest first, as runs newest first. */
export function foldEvents(events: readonly EventView[]): readonly EventRun[] {
  const runs: { events: EventView[]; title: string | null }[] = [];
  for (const event of events) {
    const last = runs.at(-1);
    const first = last?.events[0];
    if (last !== undefined && first !== undefined && familyOf(first) === familyOf(event) && first.level === event.level && titles[familyOf(event)] !== undefined) last.events.push(event);
    else runs.push({ events: [event], title: null });
  }
  return runs.flatMap(({ events: held }): readonly EventRun[] => {
    if (held.length < runLeast) return held.map((event) => ({ events: [event], title: null }));
    const family = held[0] === undefined ? '' : familyOf(held[0]);
    return [{ events: held, title: `${held.filter(({ kind }) => kind === family).length} ${titles[family] ?? ''}` }];
  });
}
