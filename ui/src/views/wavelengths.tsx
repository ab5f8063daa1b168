/** The wavelengths of one link or of all links between two trays: who holds each, at which rate, and what physics lets it carry. */

import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { ClusterMap, MapState, Wavelengths } from '../../../src/app/contract/cluster.ts';
import type { TrafficClassName } from '../../../src/traffic/classes.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import { classTitles, healthSteps } from '../map/inks.ts';
import { groundFor } from '../map/ground-of.ts';
import { linkHealthStep } from '../map/shades.ts';
import { count, decibel, gbps, percent } from '../shell/format.ts';
import { ClassMark, Meter, Swatch } from '../shell/marks.tsx';
import { counted, wordOf } from '../shell/names.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { goTo, linkTo } from '../shell/route.ts';
import { carries, laneStep, rateOf } from './lanes.ts';

const isClass = (name: string | null): name is TrafficClassName => name !== null && name in classTitles;
const bundleMax = 32;
const tierWords: Readonly<Record<string, string>> = { scaleUp: 'scale-up', scaleOut: 'scale-out' };
const tierOf = (map: ClusterMap, row: number): string => {
  const tier = map.tiers[map.links.tier[row] ?? -1] ?? '';
  return tierWords[tier] ?? tier;
};

/** Links between the same two trays as a link: the bundle it runs in. */
function bundleOf(map: ClusterMap, link: number): readonly number[] {
  const { floor } = groundFor(map);
  const traysOf = (row: number): string => [floor.nodeTray[map.links.from[row] ?? -1] ?? -1, floor.nodeTray[map.links.to[row] ?? -1] ?? -1].sort((a, b) => a - b).join();
  const wanted = traysOf(link);
  return map.links.from.flatMap((_, row) => (traysOf(row) === wanted ? [row] : []));
}

const nodeName = (map: ClusterMap, node: number): string => {
  const component = map.nodes.component[node] ?? -1;
  return `${wordOf(map.kinds[map.components.kind[component] ?? -1] ?? '')} ${map.components.ordinal[component] ?? 0}`;
};

function Grid({ data }: { readonly data: Wavelengths }): ReactNode {
  return (
    <ul className="lambda-grid plain-list" aria-label={`Wavelengths of ${data.name}`}>
      {data.rows.map((row) => {
        const step = laneStep(row, data.marginDb);
        return (
          <li key={row.row} className="lambda">
            <div className="line"><strong>{row.slot < 0 ? `lane ${row.row - (data.rows[0]?.row ?? 0)}` : `slot ${row.slot}`}</strong><span className="push"><Swatch step={healthSteps[step]} /></span></div>
            <Meter share={row.designGbps > 0 ? rateOf(row) / row.designGbps : 0} label={`${healthSteps[step]?.name ?? ''}: ${gbps(rateOf(row))} of ${gbps(row.designGbps)}`} />
            <div className="small">{carries(row)}</div>
            <div className="small">{isClass(row.trafficClass) ? <ClassMark name={row.trafficClass} /> : <span className="dim">{row.holder === null ? 'shared or free' : row.holder}</span>}</div>
            {row.holder !== null && <div className="mono dim ellipsis" title={row.holder}>{row.holder}</div>}
            {row.tunedNm !== 0 && <div className="small dim">tuned {row.tunedNm.toFixed(3)} nm</div>}
          </li>
        );
      })}
    </ul>
  );
}

const weakestMax = 60;

/** Names of a link that somebody may type: both ends, with and without the blank, and its number. */
function linkMatches(map: ClusterMap, row: number, words: string): boolean {
  if (words === '') return true;
  const name = `${nodeName(map, map.links.from[row] ?? -1)} to ${nodeName(map, map.links.to[row] ?? -1)}`.toLowerCase();
  return `${name} link ${row * 2} ${name.replaceAll(' ', '')}`.includes(words) || name.replace(/(\D) (\d)/g, '$1$2').includes(words);
}

/** The weakest links of the cluster: where to look when no link was chosen. */
function Weakest({ map, state }: { readonly map: ClusterMap; readonly state: MapState }): ReactNode {
  const [typed, setTyped] = useState('');
  const words = typed.trim().toLowerCase();
  const pool = useMemo(() => {
    const optical = map.links.from.map((_, row) => row).filter((row) => state.links.marginDb[row] !== null && state.links.marginDb[row] !== undefined);
    const all = optical.length > 0 ? optical : map.links.from.map((_, row) => row).filter((row) => map.tiers[map.links.tier[row] ?? -1] !== 'scaleUp');
    return all.sort((a, b) => (state.links.usableGbps[a] ?? 0) / (map.links.designGbps[a] ?? 1) - (state.links.usableGbps[b] ?? 0) / (map.links.designGbps[b] ?? 1)
      || (state.links.marginDb[a] ?? 0) - (state.links.marginDb[b] ?? 0) || a - b);
  }, [map, state]);
  const found = words === '' ? pool : pool.filter((row) => linkMatches(map, row, words));
  const rows = found.slice(0, weakestMax);
  return (
    <>
    <div className="line link-filter"><input className="table-filter" aria-label="Find links by their ends or their number" placeholder="find: leaf 0 to spine 3, or a number" value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)} />
      <span className="dim small" role="status">{found.length === 0
        ? 'No link matches.' : rows.length < found.length ? `The ${rows.length} weakest of ${count(found.length)}.` : counted(found.length, 'link')}</span></div>
    <div className="panel table-frame" tabIndex={0} role="region" aria-label="Weakest links">
      <table>
        <thead><tr><th scope="col">Link</th><th scope="col" className="number">Number</th><th scope="col">Tier</th><th scope="col" className="number">Length</th><th scope="col" className="number">Usable</th>
          <th scope="col" className="number">Granted</th><th scope="col" className="number">Margin</th><th scope="col">State</th></tr></thead>
        <tbody>
          {rows.map((row) => {
            const usableGbps = state.links.usableGbps[row] ?? 0;
            const isOffByPlan = state.links.offByPlan[row] === 1;
            const step = healthSteps[linkHealthStep({ usableGbps, designGbps: map.links.designGbps[row] ?? 0, marginDb: state.links.marginDb[row] ?? null, isOffByPlan })];
            return (
              <tr key={row}>
                <th scope="row"><a href={linkTo('wavelengths', row * 2)}>{nodeName(map, map.links.from[row] ?? -1)} to {nodeName(map, map.links.to[row] ?? -1)}</a></th>
                <td className="number mono dim">{row * 2}</td><td>{tierOf(map, row)}</td>
                <td className="number">{map.links.lengthM[row]} m</td><td className="number">{gbps(usableGbps)}</td><td className="number">{gbps(state.links.grantedGbps[row] ?? 0)}</td>
                  <td className="number">{decibel(state.links.marginDb[row])}</td>
                <td><span className="state"><Swatch step={step} />{isOffByPlan ? 'off by plan' : step?.name}</span></td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
    </>
  );
}

function OneLink({ link, map, state }: { readonly link: number; readonly map: ClusterMap; readonly state: MapState }): ReactNode {
  const { data, problem } = useResource<Wavelengths>(paths.wavelengths(link), ['decision', 'lease', 'alarm', 'state']);
  const row = link >> 1;
  const bundle = useMemo(() => bundleOf(map, row), [map, row]);
  const lanes = Math.max(1, ...bundle.slice(0, bundleMax).map((other) => map.links.wavelengths[other] ?? 1));
  return (
    <div className="stack">
      <ProblemBox problem={problem} />
      <div className="panel stack">
        <div className="line">
          <h2>{data?.name ?? `${nodeName(map, map.links.from[row] ?? -1)} to ${nodeName(map, map.links.to[row] ?? -1)}`}</h2>
          <span className="dim">link {link}, {tierOf(map, row)}, {map.links.lengthM[row]} m, margin {decibel(data?.marginDb)}, {gbps(data?.sharedGbps ?? 0)} shared</span>
          <button type="button" className="push" onClick={() => goTo('wavelengths', link ^ 1)}>Other direction</button>
          <a href={linkTo('wavelengths')}>All links</a>
        </div>
        {data !== null && <Grid data={data} />}
      </div>
      <div className="panel table-frame" tabIndex={0} role="region" aria-label="Links between the same trays">
        <table className="bundle">
          <thead><tr><th scope="col">{counted(bundle.length, 'link')} between the same trays</th>{Array.from({ length: lanes }, (_, lane) => <th key={lane} scope="col">λ {lane}</th>)}
            <th scope="col" className="number">Usable</th><th scope="col" className="number">Granted</th><th scope="col" className="number">Margin</th></tr></thead>
          <tbody>{bundle.slice(0, bundleMax).map((other) => <BundleRow key={other} link={other * 2 + (link & 1)} lanes={lanes} isChosen={other === row} state={state} />)}</tbody>
        </table>
        {bundle.length > bundleMax && <p className="dim more">The first {bundleMax}.</p>}
      </div>
    </div>
  );
}

/** One link of the bundle with a cell for each of its wavelengths. */
function BundleRow({ link, lanes, isChosen, state }: { readonly link: number; readonly lanes: number; readonly isChosen: boolean; readonly state: MapState }): ReactNode {
  const { data } = useResource<Wavelengths>(paths.wavelengths(link), ['decision', 'state']);
  const row = link >> 1;
  const usable = state.links.usableGbps[row] ?? 0;
  return (
    <tr aria-selected={isChosen}>
      <th scope="row"><a href={linkTo('wavelengths', link)} aria-current={isChosen ? 'true' : undefined}>link {link}</a></th>
      {Array.from({ length: lanes }, (_, lane) => {
        const held = data?.rows[lane];
        if (held === undefined) return <td key={lane} className="dim">{data === null ? '…' : ''}</td>;
        const step = healthSteps[laneStep(held, data?.marginDb ?? null)];
        return <td key={lane} title={`${step?.name ?? ''}: ${carries(held)}`}><span className="state"><Swatch step={step} />{gbps(rateOf(held))}</span>
          {isClass(held.trafficClass) && <> <ClassMark name={held.trafficClass} /></>}</td>;
      })}
      <td className="number">{gbps(usable)}</td><td className="number">{percent(usable > 0 ? (state.links.grantedGbps[row] ?? 0) / usable : 0)}</td><td className="number">{decibel(state.links.marginDb[row])}</td>
    </tr>
  );
}

export function WavelengthsView({ map, state, words }: { readonly map: ClusterMap; readonly state: MapState; readonly words: readonly string[] }): ReactNode {
  const link = /^\d+$/.test(words[0] ?? '') && Number(words[0]) < map.links.from.length * 2 ? Number(words[0]) : null;
  return (
    <div className="sheet">
      <header><h1>Wavelengths</h1><p className="lead">{link === null
        ? 'Links by what is left of them, the weakest first. Choose one to see its wavelengths.' : 'One cell for each wavelength of the link.'}</p></header>
      {link === null ? <Weakest map={map} state={state} /> : <OneLink link={link} map={map} state={state} />}
    </div>
  );
}
