/** One decision drawn from left to right: reading, components, wavelengths, links, leases, jobs, plan; below it the prices of all plans and the trail. */

import type { ReactNode } from 'react';
import type { ClusterMap } from '../../../src/app/contract/cluster.ts';
import type { DecisionView } from '../../../src/app/contract/work.ts';
import { clock, count, gpuSeconds, span } from '../shell/format.ts';
import { ClassMark } from '../shell/marks.tsx';
import { linkTo } from '../shell/route.ts';
import { groundFor } from '../map/ground-of.ts';

interface KnotProps { readonly title: string; readonly big: string; readonly items: readonly ReactNode[]; readonly more?: number; readonly extra?: ReactNode; readonly wraps?: true }

const Knot = ({ title, big, items, more = 0, extra, wraps }: KnotProps): ReactNode => (
  <li>
    <div className={`knot ${wraps === true ? 'wraps' : ''}`}>
      <h3>{title}</h3><div className="big">{big}</div>
      <ul>{items.map((item, at) => <li key={at}>{item}</li>)}{more > 0 && <li>and {count(more)} more</li>}{extra !== undefined && <li>{extra}</li>}</ul>
    </div>
  </li>
);

const namesMax = 5;
/** The tray and the part say which one it is; the whole path stands in the title. */
function tail(path: string): ReactNode {
  const words = path.split('/');
  const tray = words.find((word) => /^(?:node|leaf|spine|core|ocs|gateway|memory|coolantloop|powershelf)\d+$/.test(word));
  const inside = words.slice(tray === undefined ? -1 : words.indexOf(tray) + 1).filter((word) => !word.startsWith('package'));
  return <span title={path}>{[tray, ...inside].filter((word) => word !== undefined).join(' ')}</span>;
}
const named = (names: readonly string[]): { readonly items: readonly ReactNode[]; readonly more: number } => ({ items: names.slice(0, namesMax).map(tail), more: Math.max(0, names.length - namesMax) });

const hueOf = (rung: string): string => ({ hold: 'hold the light as it is', retune: 'spend margin on tuning', spare: 'use a spare', reroute: 'take another way', derate: 'carry less',
  shift: 'move the phase in time', preempt: 'a lower class yields', shrink: 'fewer replicas', migrate: 'move from a checkpoint' })[rung] ?? '';

function Chain({ decision, map }: { readonly decision: DecisionView; readonly map: ClusterMap }): ReactNode {
  const { impact, chain, price } = decision;
  const reading = chain[0];
  const { floor } = groundFor(map);
  const first = impact.component === null ? -1 : floor.rowOf(impact.component);
  const commands = chain.filter(({ kind }) => kind === 'commandIssued').length;
  const answers = chain.filter(({ kind }) => kind === 'commandEnded').length;
  return (
    <ol className="chain" aria-label="Causal chain">
      <Knot title="1 Reading" big={impact.component === null ? 'a request' : impact.component.split('/').at(-1) ?? ''} items={[reading?.text ?? '', first >= 0 ? <a key="m" href={linkTo('map', first,
        'near')}>show it on the map</a> : `entry ${reading?.n ?? ''}`]} wraps />
      <Knot title="2 Components" big={count(impact.components.length)} {...named(impact.components)} extra={<a href={linkTo('map', 'decision', decision.n)}>all on the map</a>} />
      <Knot title="3 Wavelengths" big={`${count(impact.wavelengths.length)} λ`} items={[<span key="n">of {count(impact.lasers.length)} lasers:</span>,
        ...named(impact.lasers).items]} more={named(impact.lasers).more} />
      <Knot title="4 Links" big={count(Math.max(impact.links.length, impact.linkRows.length))} items={impact.links.slice(0, namesMax).map((name,
        at) => <a key={name + String(at)} href={linkTo('wavelengths', impact.linkRows[at] ?? 0)}>{name}</a>)} more={Math.max(0, impact.linkRows.length - namesMax)} />
      <Knot title="5 Leases" big={count(impact.leases.length)} items={impact.classes.map((name) => <ClassMark key={name} name={name} />)} />
      <Knot title="6 Jobs" big={count(impact.jobs.length)} items={impact.jobs.slice(0, namesMax)} more={Math.max(0, impact.jobs.length - namesMax)} />
      <Knot title="7 Plan" big={decision.rung} items={[hueOf(decision.rung), `${count(decision.changes)} changes`, `${count(commands)} commands, ${count(answers)} answered`, gpuSeconds(price.lostGpuS)]} />
    </ol>
  );
}

function Candidates({ decision }: { readonly decision: DecisionView }): ReactNode {
  const dearest = Math.max(1e-9, ...decision.candidates.map(({ price }) => price?.lostGpuS ?? 0));
  const order = [...decision.candidates].sort((a, b) => Number(b.rung === decision.rung) - Number(a.rung === decision.rung) || (a.price?.lostGpuS ?? Infinity) - (b.price?.lostGpuS ?? Infinity));
  return (
    <ul className="candidates" aria-label="Plans weighed">
      {order.map(({ rung, price, changes, reasons }) => {
        const isChosen = rung === decision.rung;
        const isUnweighed = price === null && (reasons[0] ?? '').startsWith('Not worked out');
        return (
          <li key={rung} className={`candidate ${isChosen ? 'chosen' : ''} ${price === null ? 'cannot' : ''}`}>
            <span aria-hidden="true" className="mark">{isChosen ? '✓' : price === null ? '✕' : '·'}</span>
            <strong>{rung}<span className="unseen">{isChosen ? ' (chosen)' : price === null ? (isUnweighed ? ' (not worked out)' : ' (cannot serve)') : ' (rejected)'}</span></strong>
            {price === null ? <span className="small">{isUnweighed ? 'not worked out' : 'cannot serve'}</span> : <span className="meter" role="img" aria-label={`${gpuSeconds(price.lostGpuS)} lost`}>
              <span className={isChosen ? 'of-chosen' : ''} style={{ width: `${Math.max(1, (Math.log1p(price.lostGpuS) / Math.log1p(dearest)) * 100)}%` }} /></span>}
            <span className="price">{price === null ? '—' : gpuSeconds(price.lostGpuS)}</span>
            <span className="why">{reasons.join(' ')}{price !== null && changes > 0 ? ` ${count(changes)} changes.` : ''}</span>
          </li>
        );
      })}
    </ul>
  );
}

function Effects({ decision }: { readonly decision: DecisionView }): ReactNode {
  const { effects } = decision.price;
  if (effects.length === 0) return <p className="dim">No job’s step changes.</p>;
  return (
    <table>
      <thead><tr><th scope="col">Job</th><th scope="col" className="number">Step before</th><th scope="col" className="number">Step after</th><th scope="col" className="number">Pause</th></tr></thead>
      <tbody>{effects.map((effect) => <tr key={effect.job}><th scope="row">{effect.job}</th><td className="number">{span(effect.stepBeforeNs)}</td>
        <td className="number">{effect.stepAfterNs === null ? 'stands' : span(effect.stepAfterNs)}</td><td className="number">{span(effect.pauseNs)}</td></tr>)}</tbody>
    </table>
  );
}

const kindWords: Readonly<Record<string, string>> = {
  telemetry: 'reading', alarm: 'reading', tick: 'clock', measured: 'measured', believed: 'believed', judged: 'judged by physics', healthSet: 'health', decided: 'decided', commandIssued: 'command',
    commandEnded: 'answer', commandAnswered: 'device says', confirmed: 'confirmed', rolledBack: 'rolled back',
};
const trailMax = 60;

export function DecisionPicture({ decision, map }: { readonly decision: DecisionView; readonly map: ClusterMap }): ReactNode {
  return (
    <>
      <section className="panel stack" aria-label="From cause to plan">
        <p className="because">{decision.because}{decision.leadNs !== null && decision.leadNs > 0 ? ` Foreseen ${span(decision.leadNs)} ahead.` : ''}</p>
        <Chain decision={decision} map={map} />
      </section>
      <section className="panel" aria-label="Prices">
        <div className="line"><h2>Plans weighed, each priced in job progress</h2><span className="push small dim">accelerator-seconds lost until the cause is gone,
          expected in {span(decision.price.expectedNs)}; bars on a logarithmic scale</span></div>
        <Candidates decision={decision} />
      </section>
      <div className="columns">
        <section className="panel" aria-label="Effect on jobs"><h2>What the chosen plan does to jobs</h2>
          <Effects decision={decision} />{decision.reasons.length > 0 && <ul className="reasons">{decision.reasons.slice(0, 12).map((reason) => <li key={reason}>{reason}</li>)}</ul>}</section>
        <section className="panel" aria-label="Trail in the log">
          <h2>Trail in the log</h2>
          <ol className="trail">{decision.chain.slice(0, trailMax).map((entry) => <li key={entry.n}><span className="mono dim">{entry.n}</span>
            <span className="strong small">{kindWords[entry.kind] ?? entry.kind}</span><span className="small">{entry.text}</span></li>)}</ol>
          {decision.chain.length > trailMax && <p className="dim small">and {count(decision.chain.length - trailMax)} more until {clock(decision.atNs)}.</p>}
        </section>
      </div>
    </>
  );
}
