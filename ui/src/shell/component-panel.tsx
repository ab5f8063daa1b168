/** Everything about one component beside the map: health, heat, light, what depends on it, and what can be done. */

import type { ReactNode } from 'react';
import type { ClusterMap, Component, MapState } from '../../../src/app/contract/cluster.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import { groundFor } from '../map/ground-of.ts';
import { todoAt } from '../views/repair-steps.tsx';
import { ago, celsius, clock, count, decibel, gbps } from './format.ts';
import { CopyButton } from './copy.tsx';
import { Chips, HealthMark } from './marks.tsx';
import { NowPanel } from './now-panel.tsx';
import { counted, shortPath, wordOf } from './names.ts';
import { ProblemBox } from './problem-box.tsx';
import { linkTo } from './route.ts';

interface PanelProps { readonly map: ClusterMap; readonly state: MapState; readonly component: number; readonly onGoTo: () => void; readonly onSelect: (component: number) => void }

const units: Readonly<Record<string, string>> = { caseC: '°C', supplyC: '°C', rxLossDb: 'dB', txLossDb: 'dB', biasRatio: 'of its start', outputShare: 'of full' };
const quantityWords: Readonly<Record<string, string>> = {
  caseC: 'case, measured', supplyC: 'supply', rxLossDb: 'received loss', txLossDb: 'sent loss', biasRatio: 'bias', preFecBer: 'pre-FEC BER', outputShare: 'output',
};
const linksShownMax = 24;

/** Links that leave a part, weakest margin first, each with its way to the wavelength grid. */
function PartLinks({ map, state, component }: { readonly map: ClusterMap; readonly state: MapState; readonly component: number }): ReactNode {
  const { floor, bodyOffset, bodyLink } = groundFor(map);
  const links = Array.from(bodyLink.subarray(bodyOffset[component] ?? 0, bodyOffset[component + 1] ?? 0));
  const node = floor.nodeOf[component] ?? -1;
  const ofNode = links.length > 0 || node < 0 ? links : map.links.from.flatMap((from, link) => (from === node || map.links.to[link] === node ? [link] : []));
  if (ofNode.length === 0) return null;
  ofNode.sort((a, b) => (state.links.usableGbps[a] ?? 0) - (state.links.usableGbps[b] ?? 0) || (state.links.marginDb[a] ?? 99) - (state.links.marginDb[b] ?? 99));
  const far = (link: number): string => {
    const own = floor.trayOf[component];
    const ends = [map.links.from[link] ?? -1, map.links.to[link] ?? -1].map((end) => map.nodes.component[end] ?? -1);
    const other = ends.find((end) => end !== component && floor.trayOf[end] !== own) ?? ends.find((end) => end !== component) ?? -1;
    return `${wordOf(floor.kindOf(other))} ${map.components.ordinal[other] ?? 0}`;
  };
  return (
    <section>
      <h3>{counted(ofNode.length, 'link')}, the weakest first</h3>
      <table className="small"><tbody>
        {ofNode.slice(0, linksShownMax).map((link) => (
          <tr key={link}><td><a href={linkTo('wavelengths', link * 2)}>to {far(link)}</a></td><td className="number">{gbps(state.links.usableGbps[link] ?? 0)}</td>
            <td className="number">{decibel(state.links.marginDb[link])}</td></tr>
        ))}
      </tbody></table>
    </section>
  );
}

/** What a component holds that is not sound, worst first: `4 degraded`. */
function unsoundInside(map: ClusterMap, state: MapState, component: number): string {
  const counts = new Map<string, number>();
  for (const { row, health } of state.components) {
    if (health === 'sound' || row === component) continue;
    let above = map.components.parent[row] ?? -1;
    while (above >= 0 && above !== component) above = map.components.parent[above] ?? -1;
    if (above === component) counts.set(health, (counts.get(health) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([health, held]) => `${count(held)} ${health}`).join(', ');
}

function Facts({ part, inside }: { readonly part: Component; readonly inside: string }): ReactNode {
  const { blast } = part;
  return (
    <dl className="facts">
      <dt>kind</dt><dd>{wordOf(part.kind)}</dd>
      {part.part !== null && <><dt>part</dt><dd className="mono">{part.part}</dd></>}
      <dt>health</dt><dd><HealthMark health={part.health} /></dd>
      {inside !== '' && <><dt>inside it</dt><dd className="warn-text strong">{inside}</dd></>}
      {part.health !== 'sound' && <><dt>since</dt><dd>{clock(part.since)}, {ago(part.since)}</dd></>}
      {part.flaps > 0 && <><dt>went down</dt><dd className="warn-text">{counted(part.flaps, 'time')} of late</dd></>}
      {part.maintenance !== null && <><dt>maintenance</dt><dd>{part.maintenance.stage} {ago(part.maintenance.sinceNs)}, by <span className="mono">{part.maintenance.by}</span></dd></>}
      {part.caseC !== null && <><dt>case</dt><dd>{celsius(part.caseC)}</dd></>}
      {part.settledCaseC !== null && <><dt>as designed</dt><dd>{celsius(part.settledCaseC)}</dd></>}
      {part.lossDb > 0 && <><dt>light lost on the way</dt><dd>{decibel(part.lossDb)}</dd></>}
      {part.measured.map(({ quantity, value, perHour }) => (
        <span key={quantity} className="fact-pair"><dt>{quantityWords[quantity] ?? quantity}</dt><dd>{Number(value.toPrecision(4))} {units[quantity] ?? ''}{perHour === null || Math.abs(perHour) < 0.01
          ? '' : `, ${perHour > 0 ? '+' : '−'}${Math.abs(perHour).toFixed(1)}/h`}</dd></span>
      ))}
      <dt>if it fails</dt><dd>{counted(blast.linksLost, 'link')} dark
        {blast.linksDerated > 0 && `, ${count(blast.linksDerated)} derated`}; {counted(blast.gpusCut, 'GPU')} cut{blast.gpusSlowed > 0 && `, ${count(blast.gpusSlowed)} slowed`}</dd>
    </dl>
  );
}

export function ComponentPanel({ map, state, component, onGoTo, onSelect }: PanelProps): ReactNode {
  const { data, problem } = useResource<Component>(component < 0 ? null : paths.component(String(component)), ['alarm', 'decision', 'state']);
  if (component < 0) return <NowPanel map={map} state={state} />;
  const { floor } = groundFor(map);
  const parent = map.components.parent[component] ?? -1;
  return (
    <>
      <h2 className="part-name" aria-label={floor.nameOf(component)}>{shortPath(floor.nameOf(component))}</h2>
      <p className="mono dim path">{floor.nameOf(component)} <CopyButton text={floor.nameOf(component)} what="the name of the component" /></p>
      <div className="line">
        <button type="button" onClick={onGoTo}>Go there</button>
        {parent >= 0 && <button type="button" title={floor.nameOf(parent)} onClick={() => onSelect(parent)}>Up</button>}
        <button type="button" onClick={() => onSelect(-1)}>Close</button>
      </div>
      <nav className="line small part-ways" aria-label="What can be done"><a href={linkTo('repairs', component)}>{data?.maintenance === null ? 'Drain or repair' : 'Next step of its repair'}</a>
        <a href={linkTo('whatif', component)}>What if it failed?</a><a href={linkTo('inject', component)}>Inject a fault</a></nav>
      <section>
        <ProblemBox problem={problem} />
        {data !== null && <Facts part={data} inside={unsoundInside(map, state, component)} />}
        {data?.reason !== null && data?.reason !== undefined && data.reason !== '' && <p className="small">{data.reason}</p>}
        {data?.maintenance !== null && data?.maintenance !== undefined && <p className="small strong">{todoAt(data.maintenance.stage)}</p>}
      </section>
      {data !== null && data.jobs.length > 0 && <section><h3>Jobs on its light</h3><Chips items={data.jobs} to={(job) => linkTo('jobs', job)} /></section>}
      {data !== null && data.leases.length > 0 && <section><h3>{counted(data.leases.length, 'lease')} across it</h3><Chips items={data.leases} most={6} /></section>}
      <PartLinks map={map} state={state} component={component} />
      {data !== null && data.children.length > 0 && <section><h3>Holds {count(data.children.length)}</h3>
        <p className="small dim">{[...new Set(data.children.map((child) => child.split('/').at(-1)?.replace(/\d+$/, '')))].join(', ')}</p></section>}
    </>
  );
}
