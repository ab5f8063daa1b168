/** What is not sound, by what caused it, worst first, with what it touches, the decision that answers it, and what the runbook says to do. */

import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { AlarmView, DecisionRow, DecisionView, JobView } from '../../../src/app/contract/work.ts';
import type { Health } from '../../../src/control/fact.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { healthStep } from '../map/inks.ts';
import { ago, clock, count, gpuSeconds, gpus } from '../shell/format.ts';
import { CopyButton } from '../shell/copy.tsx';
import { Chips, HealthMark } from '../shell/marks.tsx';
import { causeOf, counted, keptUnits, kindsOf, placesOf, shortPath } from '../shell/names.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { linkTo } from '../shell/route.ts';
import { RunbookSection } from './runbook.tsx';
import { groupAlarms } from '../../../src/app/words/alarm-groups.ts';
import type { AlarmGroup } from '../../../src/app/words/alarm-groups.ts';

const isHealth = (name: string): name is Health => name in healthStep;
const shownMax = 300;
/** Groups as small as this are open from the start. */
const openedAtMost = 3;
const jobsMax = 4;

/** Alarms by cause as they stand, for this view and for the overview beside the map. */
export function useAlarmGroups(): { readonly groups: readonly AlarmGroup[] | null; readonly problem: ReturnType<typeof useResource>['problem'] } {
  const alarms = useResource<Page<AlarmView>>(paths.alarms, ['alarm', 'state', 'decision', 'beat']);
  const decisions = useResource<Page<DecisionRow>>(`${paths.decisions}?limit=200`, ['decision']);
  // Without the decisions the same alarms would be other causes for a moment.
  const isWhole = decisions.data !== null || decisions.problem !== null;
  const groups = useMemo(() => (alarms.data === null || !isWhole ? null : groupAlarms(alarms.data.items, decisions.data?.items ?? [])), [alarms.data, decisions.data, isWhole]);
  return { groups, problem: alarms.problem ?? decisions.problem };
}

export const AlarmMark = ({ health }: { readonly health: string }): ReactNode => (isHealth(health) ? <HealthMark health={health} /> : <span className="state bad-text">✕ {health}</span>);

function Members({ group }: { readonly group: AlarmGroup }): ReactNode {
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={`Components: ${causeOf(group)}`}>
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

/** What the jobs of a cause lose now, in words. */
function losses(names: readonly string[], jobs: readonly JobView[] | null): readonly { readonly id: string; readonly says: string; readonly tone: string }[] {
  return names.map((id) => {
    const job = jobs?.find((other) => other.id === id);
    if (job === undefined) return { id, says: '', tone: '' };
    if (job.held !== null) return { id, says: 'stands', tone: 'bad-text' };
    return job.losingGpuS < 0.05 ? { id, says: 'loses nothing', tone: 'good-text' } : { id, says: `loses ${gpus(job.losingGpuS).replace(/\sGPUs$/, '')} of ${count(job.gpus)} GPUs`, tone: 'warn-text' };
  });
}

function WhoseJobs({ group, jobs }: { readonly group: AlarmGroup; readonly jobs: readonly JobView[] | null }): ReactNode {
  if (group.jobs.length === 0) return <p className="dim">No job has light on it.</p>;
  const told = losses(group.jobs, jobs);
  return <ul className="plain-list">{told.slice(0, jobsMax).map(({ id, says, tone }) => <li key={id}><a href={linkTo('jobs', id)}>{id}</a> <span className={tone}>{says}</span></li>)}
    {told.some(({ tone }) => tone === 'bad-text') && <li><a href={linkTo('runbook', 'job-held')}>runbook: job-held</a></li>}
    {group.jobs.length > jobsMax && <li className="dim">and {group.jobs.length - jobsMax} more</li>}</ul>;
}

const statusSays: Readonly<Record<DecisionRow['status'], string>> = { open: 'its devices have not all answered yet', confirmed: 'all devices confirmed it', rolledBack: 'taken back: a device did not do it' };

function WhatWasDone({ decision }: { readonly decision: DecisionRow | null }): ReactNode {
  if (decision === null) return <p className="dim">No decision answers the reading that it began with.</p>;
  return <p><a className="strong" href={linkTo('decisions', decision.n)}>decision {decision.n}: {decision.rung}</a>, at {gpuSeconds(decision.lostGpuS)};{' '}
    <span className={decision.status === 'confirmed' ? 'good-text' : 'warn-text strong'}>{statusSays[decision.status]}</span>.</p>;
}

/** When full service is expected, as the plan reckons: the usual time to repair such a part, told so that nobody takes it for a promise. */
function WhenBack({ group, decision, isLost }: { readonly group: AlarmGroup; readonly decision: DecisionView | null; readonly isLost: boolean }): ReactNode {
  const stage = group.alarms[0]?.health ?? '';
  if (inRepair.has(stage)) return <p>When its test has passed: see <a href={linkTo('repairs')}>repairs</a>.</p>;
  if (decision === null) return <p className="dim">{group.decision === null ? 'By itself when the cause is gone; nothing was planned for it.' : isLost ? 'Not known here: the decision cannot be read.' : 'Reading…'}</p>;
  const backNs = decision.atNs + decision.price.expectedNs;
  return <p><strong>{clock(backNs)}</strong>, {ago(backNs)}, if the repair takes as long as such repairs usually do. Light returns by itself once the cause is gone.</p>;
}
const inRepair: ReadonlySet<string> = new Set(['draining', 'drained', 'repairing', 'verifying']);

function Group({ group, jobs, isFirst }: { readonly group: AlarmGroup; readonly jobs: readonly JobView[] | null; readonly isFirst: boolean }): ReactNode {
  const [first] = group.alarms;
  const [isOpen, setOpen] = useState(group.alarms.length <= openedAtMost);
  const [showsSteps, setShowsSteps] = useState(isFirst);
  const decision = useResource<DecisionView>(group.decision === null ? null : paths.decision(group.decision.n));
  if (first === undefined) return null;
  const names = group.alarms.map(({ component }) => component);
  const cause = decision.data?.impact.component ?? null;
  return (
    <li className="panel alarm-group" aria-label={causeOf(group)}>
      <div className="alarm-head">
        <span className="alarm-count"><strong>{count(group.alarms.length)}</strong><AlarmMark health={first.health} /></span>
        <div className="alarm-what">
          <h2>{keptUnits(causeOf(group))}</h2>
          <p className="small dim">{group.alarms.length === 1
            ? <><span className="mono">{first.component}</span><CopyButton text={first.component} what="the name of the component" /></>
            : `${kindsOf(names)} in ${placesOf(names)}`} · since {clock(group.sinceNs)}, {ago(group.sinceNs)}
            {group.decision !== null && group.alarms.length > 1 && ` · ${first.reason}`}</p>
        </div>
        <div className="alarm-tools">
          <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{isOpen ? 'Hide' : 'Show'} {counted(group.alarms.length, 'component')}</button>
        </div>
      </div>
      <dl className="alarm-answers small">
        <div><dt>Whose jobs</dt><dd><WhoseJobs group={group} jobs={jobs} /></dd></div>
        <div><dt>What was done</dt><dd><WhatWasDone decision={group.decision} /></dd></div>
        <div><dt>When it is back</dt><dd><WhenBack group={group} decision={decision.data} isLost={decision.problem !== null} /></dd></div>
        <div><dt>What to do</dt><dd><p><button type="button" className="linkish" aria-expanded={showsSteps} onClick={() => setShowsSteps(!showsSteps)}>{showsSteps ? 'Hide' : 'Show'} the steps</button>{' · '}
          <a href={linkTo('runbook', first.runbook)}>runbook: {first.runbook}</a>{cause !== null
            ? <> · <a href={linkTo('map', 'decision', decision.data?.n ?? 0)}>on the map</a></> : first.row >= 0 && <> · <a href={linkTo('map', first.row, 'near')}>on the map</a></>}
          {first.row >= 0 && <> · <a href={linkTo('repairs', first.row)}>repair</a></>}</p></dd></div>
      </dl>
      {showsSteps && <div className="alarm-steps small"><RunbookSection anchor={first.runbook} /></div>}
      {isOpen && <Members group={group} />}
    </li>
  );
}

export function AlarmsView(): ReactNode {
  const { groups, problem } = useAlarmGroups();
  const jobs = useResource<Page<JobView>>(paths.jobs, ['job', 'decision', 'lease']);
  const total = groups?.reduce((sum, { alarms }) => sum + alarms.length, 0) ?? 0;
  return (
    <div className="sheet">
      <header><h1>Alarms</h1><p className="lead">{groups === null || total === 0 ? 'Components that are not sound and devices that do not speak, by cause, the worst first.'
        : `${counted(total, 'component')} by ${counted(groups.length, 'cause')}, the worst first.`}</p></header>
      <ProblemBox problem={problem} />
      {groups === null && problem === null && <p className="empty">Reading alarms…</p>}
      {groups?.length === 0 && <p className="empty panel">✓ Everything is sound: no component is degraded, and every device speaks.</p>}
      <ul className="plain-list stack">{groups?.map((group, at) => <Group key={group.key} group={group} jobs={jobs.data?.items ?? null} isFirst={at === 0} />)}</ul>
    </div>
  );
}
