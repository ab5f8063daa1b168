/** Leases by class: what each class asked for and holds, the leases themselves, and asking for light with a dry run and counter-offers. */

import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ClusterMap } from '../../../src/app/contract/cluster.ts';
import type { LeaseView } from '../../../src/app/contract/work.ts';
import type { TrafficClassName } from '../../../src/traffic/classes.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { classTitles } from '../map/inks.ts';
import { ago, clock, count, gbps, percent, span } from '../shell/format.ts';
import { ClassMark, Meter } from '../shell/marks.tsx';
import { ProblemBox } from '../shell/problem-box.tsx';
import { linkTo } from '../shell/route.ts';
import { LeaseForm } from './lease-form.tsx';

interface Summary { readonly classes: readonly { readonly trafficClass: TrafficClassName; readonly leases: number; readonly short: number; readonly askedGbps: number; readonly grantedGbps: number }[] }

const promises: Readonly<Record<TrafficClassName, string>> = {
  allReduce: 'reserved wavelengths, straggler-free', allToAll: 'tail-minimising paths', inferenceFanout: 'by service objective', parameterSync: 'scheduled windows',
    checkpoint: 'spare capacity, with a deadline', background: 'yields to all',
};

function Classes({ summary, chosen, onChoose }: { readonly summary: Summary; readonly chosen: string; readonly onChoose: (name: string) => void }): ReactNode {
  return (
    <div className="panel table-frame">
      <table>
        <thead><tr><th scope="col">Class, highest first</th><th scope="col">Promise</th><th scope="col" className="number">Leases</th><th scope="col" className="number">Short</th>
          <th scope="col" className="number">Asked</th><th scope="col" className="number">Granted</th><th scope="col">Served</th></tr></thead>
        <tbody>
          {summary.classes.map((row) => (
            <tr key={row.trafficClass} aria-selected={chosen === row.trafficClass}>
              <th scope="row"><button type="button" className="linkish" aria-pressed={chosen === row.trafficClass} onClick={() => onChoose(chosen === row.trafficClass ? '' : row.trafficClass)}>
                <ClassMark name={row.trafficClass} /></button></th>
              <td className="dim">{promises[row.trafficClass]}</td><td className="number">{count(row.leases)}</td><td className={`number ${row.short > 0 ? 'warn-text strong' : ''}`}>{count(row.short)}</td>
              <td className="number">{gbps(row.askedGbps)}</td><td className="number">{gbps(row.grantedGbps)}</td>
              <td>{row.askedGbps <= 0 ? <span className="dim">–</span> : <Meter share={row.grantedGbps / row.askedGbps}
                label={`${percent(Math.min(1, row.grantedGbps / row.askedGbps))} of what ${classTitles[row.trafficClass]} asked for`} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** `40 of 40 Gb/s`; what asks by bytes has no rate to compare with. */
const heldOf = ({ askedGbps, grantedGbps }: LeaseView): string => (askedGbps === null ? gbps(grantedGbps) : `${gbps(grantedGbps).replace(/ Gb\/s$/, '')} of ${gbps(askedGbps)}`);

const isShort = ({ askedGbps, grantedGbps }: LeaseView): boolean => askedGbps !== null && grantedGbps < askedGbps * 0.999;

/** `gpu0 → leaf0 → gpu8` of names such as `gpu0 to leaf0`. */
const wayOf = ({ paths: held }: LeaseView): string => held.map(({ names }) => names.flatMap((name, at) => (at === 0 ? name.split(' to ') : name.split(' to ').slice(1))).join(' → ')).join('; ');

function LeaseTable({ leases }: { readonly leases: readonly LeaseView[] }): ReactNode {
  if (leases.length === 0) return <p className="empty panel">No lease matches.</p>;
  return (
    <div className="panel table-frame" tabIndex={0} role="region" aria-label="Leases">
      <table>
        <thead><tr><th scope="col">Lease, whose</th><th scope="col">Class</th><th scope="col">Ranks</th>
          <th scope="col" className="number">Granted of asked</th><th scope="col" className="number">Until</th><th scope="col">Way</th></tr></thead>
        <tbody>
          {leases.map((lease) => (
            <tr key={lease.id}>
              <th scope="row" className="lease-name"><span className="mono">{lease.id}</span><span className="small dim block">{lease.tenant}{lease.job === null ? '' : <>, <a href={linkTo('jobs', lease.job)}>its
                job</a></>}</span></th>
              <td><ClassMark name={lease.trafficClass} /></td>
              <td className="whole-line">{lease.fromRank} → {lease.toRank}</td>
              <td className={`number ${isShort(lease) ? 'warn-text strong' : ''}`}>{isShort(lease) ? '▼ ' : ''}{heldOf(lease)}
                <span className="small dim block">{lease.floorGbps > 0 ? `floor ${gbps(lease.floorGbps)}` : 'no floor'}</span></td>
              <td className="number" title={`${span(lease.endNs - lease.startNs)} in all`}>{ago(lease.endNs)}<span className="small dim block">{clock(lease.endNs)}</span></td>
                <td className="small dim way" title={wayOf(lease)}>{wayOf(lease) || 'waits for light'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function LeasesView({ map, words }: { readonly map: ClusterMap; readonly words: readonly string[] }): ReactNode {
  const job = words[0] === 'job' ? words[1] ?? null : null;
  const [chosen, setChosen] = useState(job === null ? words[0] ?? '' : '');
  const [short, setShort] = useState(false);
  const summary = useResource<Summary>(paths.leaseSummary, ['lease', 'decision', 'job']);
  const leases = useResource<Page<LeaseView>>(
    `${paths.leases}?limit=200${chosen === '' ? '' : `&trafficClass=${chosen}`}${short ? '&short=true' : ''}${job === null ? '' : `&job=${encodeURIComponent(job)}`}`, ['lease', 'decision', 'job']);
  return (
    <div className="sheet">
      <header><h1>Leases</h1><p className="lead">Light that is promised, by class of traffic. A higher class never waits for a lower one while there is something to yield.</p></header>
      <div className="split">
        <div className="stack">
          <ProblemBox problem={summary.problem ?? leases.problem} />
          {summary.data === null && summary.problem === null && <p className="empty">Reading leases…</p>}
          {summary.data !== null && <Classes summary={summary.data} chosen={chosen} onChoose={setChosen} />}
          {job !== null && <p>Only leases of job <strong>{job}</strong>. <a href={linkTo('jobs', job)}>The job</a> · <a href={linkTo('leases')}>all leases</a></p>}
          <label className="check"><input type="checkbox" checked={short} onChange={(event) => setShort(event.currentTarget.checked)} />only leases that hold less than they asked for</label>
          {leases.data !== null && <LeaseTable leases={leases.data.items} />}
          {leases.data?.next !== null && leases.data !== null && <p className="dim">The first {count(leases.data.items.length)}; choose a class above to narrow them.</p>}
        </div>
        <LeaseForm gpus={map.nodes.kind.filter((kind) => kind === 0).length} onGranted={() => { leases.reload(); summary.reload(); }} />
      </div>
    </div>
  );
}
