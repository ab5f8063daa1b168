/** What an operator asks first, beside the map while nothing is selected: is anything wrong, what was done about it, and what are the jobs losing. */

import type { ReactNode } from 'react';
import type { ClusterMap, MapState } from '../../../src/app/contract/cluster.ts';
import type { DecisionRow, JobView } from '../../../src/app/contract/work.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { groundFor } from '../map/ground-of.ts';
import { nearDb } from '../map/shades.ts';
import { AlarmMark, useAlarmGroups } from '../views/alarms.tsx';
import { statusTone, statusWords } from '../views/decision-status.ts';
import { ago, clock, count, gpuSeconds, gpus as gpusText, span } from './format.ts';
import { Progress } from './marks.tsx';
import { causeOf, counted, keptUnits, kindsOf } from './names.ts';
import { linkTo } from './route.ts';

const causesMax = 3;
const decisionsMax = 3;

function Causes(): ReactNode {
  const { groups } = useAlarmGroups();
  return (
    <section aria-label="Alarms by cause">
      <h3>Alarms</h3>
      {groups === null ? <p className="dim small">Reading…</p> : groups.length === 0 ? <p className="small good-text">● Everything is sound.</p> : (
        <ul className="plain-list now-list">
          {groups.slice(0, causesMax).map(({ key, alarms, decision, sinceNs }) => (
            <li key={key}><a href={linkTo('alarms')} className="now-row"><span className="line"><AlarmMark health={alarms[0]?.health ?? ''} />
              <span className="push small dim">{kindsOf(alarms.map(({ component }) => component))}</span></span>
              <span className="small two-lines" title={causeOf({ decision, alarms })}>{keptUnits(causeOf({ decision, alarms }))}</span>
              <span className="small dim block">{ago(sinceNs)} · {decision === null ? 'no decision answers it' : `answered: ${decision.rung}, ${statusWords[decision.status].slice(2)}`}</span></a></li>
          ))}
          {groups.length > causesMax && <li className="small"><a href={linkTo('alarms')}>{counted(groups.length - causesMax, 'more cause')}</a></li>}
        </ul>
      )}
    </section>
  );
}

function Latest(): ReactNode {
  const { data } = useResource<Page<DecisionRow>>(`${paths.decisions}?limit=${decisionsMax}`, ['decision']);
  return (
    <section aria-label="Latest decisions">
      <h3>Latest decisions</h3>
      {data === null ? <p className="dim small">Reading…</p> : data.items.length === 0 ? <p className="dim small">None has been needed.</p> : (
        <ul className="plain-list now-list">
          {data.items.map((row) => (
            <li key={row.n}><a href={linkTo('decisions', row.n)} className="now-row"><span className="line"><strong>{row.rung}</strong><span className={`small ${statusTone[row.status]}`}>{statusWords[row.status]}</span>
              </span><span className="small dim" title={clock(row.atNs)}>{ago(row.atNs)} · {counted(row.jobs.length, 'job')} · {gpuSeconds(row.lostGpuS)} lost</span></a></li>
          ))}
        </ul>
      )}
    </section>
  );
}

const Losing = ({ job: { losingGpuS, gpus, held } }: { readonly job: JobView }): ReactNode => (held !== null ? <span className="push small bad-text strong">✕ stands</span> : losingGpuS > 0.05
  ? <span className="push small warn-text strong">▼ losing {gpusText(losingGpuS).replace(/\sGPUs$/, '')} of {count(gpus)} GPUs</span> : <span className="push small good-text">● loses nothing</span>);

function Jobs(): ReactNode {
  const { data } = useResource<Page<JobView>>(paths.jobs, ['job', 'decision', 'lease']);
  return (
    <section aria-label="Jobs now">
      <h3>Jobs</h3>
      {data === null ? <p className="dim small">Reading…</p> : data.items.length === 0 ? <p className="dim small">None runs.</p> : (
        <ul className="plain-list now-list">
          {data.items.map((job) => (
            <li key={job.id}><a href={linkTo('jobs', job.id)} className="now-row"><span className="line"><strong>{job.id}</strong>
              <Losing job={job} /></span>
              <Progress done={job.steps} of={job.stepsAsked} /><span className="small dim">{job.stepS === null ? 'stands' : `step ${span(job.stepS * 1e9)}`} · {count(job.steps)} done</span></a></li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function NowPanel({ map, state }: { readonly map: ClusterMap; readonly state: MapState }): ReactNode {
  const { floor, trunks } = groundFor(map);
  const near = state.links.marginDb.reduce<number>((sum, marginDb, link) => sum + (marginDb !== null && marginDb < nearDb && (state.links.usableGbps[link] ?? 0) > 0 ? 1 : 0), 0);
  return (
    <>
      <h2>{map.cluster}</h2>
      <Causes />
      {near > 0 && <p className="small now-near"><a href={linkTo('wavelengths')}>{counted(near, 'link')} with less than {nearDb} dB of margin</a>: nothing is wrong yet, the next degree or decibel may be.</p>}
      <Latest />
      <Jobs />
      <section>
        <h3>On the map</h3>
        <dl className="facts">
          <dt>racks, trays</dt><dd>{count(floor.rackX.length)}, {count(floor.trayComponent.length)}</dd><dt>components</dt><dd>{count(map.components.kind.length)}</dd>
          <dt>links, both ways each</dt><dd>{count(map.links.from.length)}</dd><dt>bundles between racks</dt><dd>{count(trunks.bundleFrom.length)}</dd>
          <dt>wavelengths, each way</dt><dd>{count(map.links.wavelengths.reduce((sum, held) => sum + held, 0))}</dd>
        </dl>
        <details className="small how-to-move"><summary>How to move</summary>
          <p className="dim">Click a part to keep it here; scroll or pinch to come closer: racks open into trays, trays into engines, modules and lasers, links
          into wavelengths. Keys: arrows walk, Page Down goes inside, Page Up goes out, Enter opens, + − zoom, Shift + arrows pan, 0 shows all.</p></details>
      </section>
    </>
  );
}
