/** What is not sound, by what caused it, worst first, with what it touches, the decision that answers it, and what the runbook says to do. */

import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { AlarmView, DecisionRow } from '../../../src/app/contract/work.ts';
import type { Health } from '../../../src/control/fact.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { healthStep } from '../map/inks.ts';
import { clock, count, gpuSeconds } from '../shell/format.ts';
import { Chips, HealthMark } from '../shell/marks.tsx';
import { counted, kindsOf, placesOf, shortPath } from '../shell/names.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { linkTo } from '../shell/route.ts';
import { groupAlarms } from './alarm-groups.ts';
import type { AlarmGroup } from './alarm-groups.ts';

const isHealth = (name: string): name is Health => name in healthStep;
const shownMax = 300;
/** Groups as small as this are open from the start. */
const openedAtMost = 3;

/** Alarms by cause as they stand, for this view and for the overview beside the map. */
export function useAlarmGroups(): { readonly groups: readonly AlarmGroup[] | null; readonly problem: ReturnType<typeof useResource>['problem'] } {
  const alarms = useResource<Page<AlarmView>>(paths.alarms, ['alarm', 'state', 'decision', 'beat']);
  const decisions = useResource<Page<DecisionRow>>(`${paths.decisions}?limit=200`, ['decision']);
  const groups = useMemo(() => (alarms.data === null ? null : groupAlarms(alarms.data.items, decisions.data?.items ?? [])), [alarms.data, decisions.data]);
  return { groups, problem: alarms.problem ?? decisions.problem };
}

export const AlarmMark = ({ health }: { readonly health: string }): ReactNode => (isHealth(health) ? <HealthMark health={health} /> : <span className="state bad-text">✕ {health}</span>);

function Members({ group }: { readonly group: AlarmGroup }): ReactNode {
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={`Components: ${group.decision?.because ?? group.alarms[0]?.reason ?? ''}`}>
      <table>
        <thead><tr><th scope="col">Component</th><th scope="col">Health</th><th scope="col">Why</th><th scope="col">Jobs on its light</th></tr></thead>
        <tbody>
          {group.alarms.slice(0, shownMax).map((alarm) => (
            <tr key={`${alarm.component}${alarm.health}`}>
              <th scope="row">{alarm.row >= 0 ? <a href={linkTo('map', alarm.row, 'near')} title={alarm.component}>{shortPath(alarm.component)}</a> : alarm.component}</th>
              <td><AlarmMark health={alarm.health} /></td><td className="dim">{alarm.reason}</td><td><Chips items={alarm.jobs} most={4} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      {group.alarms.length > shownMax && <p className="dim more">The worst {shownMax} of {count(group.alarms.length)}.</p>}
    </div>
  );
}

function Group({ group }: { readonly group: AlarmGroup }): ReactNode {
  const [first] = group.alarms;
  const [isOpen, setOpen] = useState(group.alarms.length <= openedAtMost);
  if (first === undefined) return null;
  const names = group.alarms.map(({ component }) => component);
  return (
    <li className="panel alarm-group">
      <div className="alarm-head">
        <span className="alarm-count"><strong>{count(group.alarms.length)}</strong><AlarmMark health={first.health} /></span>
        <div className="alarm-what">
          <h2>{group.decision?.because ?? first.reason}</h2>
          <p className="small dim">{group.alarms.length === 1 ? first.component : `${kindsOf(names)} in ${placesOf(names)}`} · since {clock(group.sinceNs)}
            {group.decision !== null && group.alarms.length > 1 && ` · ${first.reason}`}</p>
          <div className="line small">
            {group.decision === null ? <span className="dim">No decision answers the reading that it began with.</span> : <span>Answered by <a className="strong" href={linkTo('decisions',
              group.decision.n)}>decision {group.decision.n}: {group.decision.rung}</a>, {group.decision.status === 'rolledBack' ? 'rolled back' : group.decision.status},
              at {gpuSeconds(group.decision.lostGpuS)}.</span>}
            {group.jobs.length > 0 && <><span className="dim">Jobs:</span><Chips items={group.jobs} most={6} /></>}
          </div>
        </div>
        <div className="alarm-tools">
          <a href={linkTo('runbook', first.runbook)}>Runbook: {first.runbook}</a>
          <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{isOpen ? 'Hide' : 'Show'} {counted(group.alarms.length, 'component')}</button>
        </div>
      </div>
      {isOpen && <Members group={group} />}
    </li>
  );
}

export function AlarmsView(): ReactNode {
  const { groups, problem } = useAlarmGroups();
  const total = groups?.reduce((sum, { alarms }) => sum + alarms.length, 0) ?? 0;
  return (
    <div className="sheet">
      <header><h1>Alarms</h1><p className="lead">{groups === null || total === 0 ? 'Components that are not sound and devices that do not speak, by cause, the worst first.'
        : `${counted(total, 'component')} by ${counted(groups.length, 'cause')}, the worst first.`}</p></header>
      <ProblemBox problem={problem} />
      {groups === null && problem === null && <p className="empty">Reading alarms…</p>}
      {groups?.length === 0 && <p className="empty panel">✓ Everything is sound: no component is degraded, and every device speaks.</p>}
      <ul className="plain-list stack">{groups?.map((group) => <Group key={group.key} group={group} />)}</ul>
    </div>
  );
}
