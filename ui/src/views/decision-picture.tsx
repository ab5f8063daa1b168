/** One decision at a glance: its chain from the reading to the plan, what each plan would cost, and below them the effect on jobs and the trail. */

import type { ReactNode } from 'react';
import type { ClusterMap } from '../../../src/app/contract/cluster.ts';
import type { DecisionView } from '../../../src/app/contract/work.ts';
import { groundFor } from '../map/ground-of.ts';
import { clock, count, gpuSeconds, span } from '../shell/format.ts';
import { ClassMark } from '../shell/marks.tsx';
import { counted, keptUnits, shortPath } from '../shell/names.ts';
import { linkTo } from '../shell/route.ts';

interface KnotProps { readonly title: string; readonly big: string; readonly items: readonly ReactNode[]; readonly more?: number; readonly extra?: ReactNode; readonly isPlan?: true }

const Knot = ({ title, big, items, more = 0, extra, isPlan }: KnotProps): ReactNode => (
  <li>
    <div className={`knot ${isPlan === true ? 'is-plan' : ''}`}>
      <h3>{title}</h3><div className="big">{big}</div>
      <ul>{items.map((item, at) => <li key={at}>{item}</li>)}{(more > 0 || extra !== undefined) && <li>{more > 0 && `and ${count(more)} more`}{more > 0 && extra !== undefined && ' · '}{extra}</li>}</ul>
    </div>
  </li>
);

const namesMax = 3;
const named = (names: readonly string[]): { readonly items: readonly ReactNode[]; readonly more: number } =>
  ({ items: names.slice(0, namesMax).map((path) => <span key={path} title={path}>{shortPath(path)}</span>), more: Math.max(0, names.length - namesMax) });

const rungWords: Readonly<Record<string, string>> = { hold: 'hold the light as it is', retune: 'spend margin on tuning', spare: 'use a spare', reroute: 'take another way', derate: 'carry less',
  shift: 'move the phase in time', preempt: 'a lower class yields', shrink: 'fewer replicas', migrate: 'move from a checkpoint' };

/** How long it took from the reading to the decision, and from there to the last word of a device. */
function Pace({ decision }: { readonly decision: DecisionView }): ReactNode {
  const readNs = decision.chain[0]?.atNs;
  const ends = decision.chain.filter(({ kind }) => kind === 'commandEnded' || kind === 'confirmed').flatMap(({ atNs }) => atNs ?? []);
  if (readNs === undefined) return null;
  const parts = [`decided ${decision.atNs - readNs < 1e6 ? 'on the reading itself' : `${span(decision.atNs - readNs)} after the reading`}`,
    ...(ends.length === 0 ? [] : [`${decision.status === 'confirmed' ? 'all devices confirmed' : 'devices last answered'} ${span(Math.max(...ends) - decision.atNs)} later`]),
    ...(decision.leadNs !== null && decision.leadNs > 0 ? [`foreseen ${span(decision.leadNs)} ahead`] : [])];
  return <p className="pace small">{parts.join(' · ')}</p>;
}

function Chain({ decision, map }: { readonly decision: DecisionView; readonly map: ClusterMap }): ReactNode {
  const { impact, chain, price } = decision;
  const reading = chain[0];
  const { floor } = groundFor(map);
  const first = impact.component === null ? -1 : floor.rowOf(impact.component);
  const commands = chain.filter(({ kind }) => kind === 'commandIssued');
  const again = commands.filter(({ text }) => /\(attempt \d+\)/.test(text)).length;
  const answers = chain.filter(({ kind }) => kind === 'commandEnded').length;
  const links = Math.max(impact.links.length, impact.linkRows.length);
  return (
    <ol className="chain" aria-label="Causal chain">
      <Knot title="Reading" big={impact.component === null ? 'a request' : shortPath(impact.component)} items={[(reading?.text ?? '').replace(/\b[\w-]+(?:\/[\w-]+)+/g, shortPath)]}
        extra={first >= 0 ? <a href={linkTo('map', first, 'near')}>show it on the map</a> : `entry ${reading?.n ?? ''}`} />
      <Knot title="Components" big={count(impact.components.length)} {...named(impact.components)} extra={<a href={linkTo('map', 'decision', decision.n)}>on the map</a>} />
      <Knot title="Lasers" big={count(impact.lasers.length)} {...named(impact.lasers)} />
      <Knot title="Wavelengths" big={`${count(impact.wavelengths.length)} λ`} items={[impact.lasers.length > 0 && impact.wavelengths.length % impact.lasers.length === 0
        ? `${count(impact.wavelengths.length / impact.lasers.length)} of each laser` : `of ${counted(impact.lasers.length, 'laser')}`, `on ${counted(links, 'link')}`]}
        extra={impact.linkRows[0] === undefined ? undefined : <a href={linkTo('wavelengths', impact.linkRows[0])}>the first of them</a>} />
      <Knot title="Links" big={count(links)} items={impact.links.slice(0, namesMax).map((name, at) => <a key={name + String(at)} href={linkTo('wavelengths', impact.linkRows[at] ?? 0)}>{name}</a>)}
        more={Math.max(0, links - namesMax)} />
      <Knot title="Leases, by class" big={count(impact.leases.length)} items={[<span key="c" className="knot-classes">{impact.classes.map((name) => <ClassMark key={name} name={name} />)}</span>]} />
      <Knot title="Jobs" big={count(impact.jobs.length)} items={impact.jobs.slice(0, namesMax).map((job) => <a key={job} href={linkTo('jobs', job)}>{job}</a>)} more={Math.max(0, impact.jobs.length - namesMax)}
        extra={impact.jobs.length === 0 ? 'no job is touched' : undefined} />
      <Knot title="Plan" big={decision.rung} isPlan items={[rungWords[decision.rung] ?? '', `${gpuSeconds(price.lostGpuS)} lost, ${counted(decision.changes, 'change')}`,
        commands.length === 0 ? decision.status === 'confirmed' ? 'no device has to be told' : 'no command sent yet'
          : `${count(answers)} of ${counted(commands.length - again, 'command')} answered${again > 0 ? `, ${count(again)} sent again` : ''}`]} />
    </ol>
  );
}

function Candidates({ decision }: { readonly decision: DecisionView }): ReactNode {
  const dearest = Math.max(1e-9, ...decision.candidates.map(({ price }) => price?.lostGpuS ?? 0));
  const order = [...decision.candidates].sort((a, b) => Number(b.rung === decision.rung) - Number(a.rung === decision.rung) || (a.price?.lostGpuS ?? Infinity) - (b.price?.lostGpuS ?? Infinity)
    || Number(b.isWorkedOut) - Number(a.isWorkedOut));
  return (
    <ul className={`candidates ${decision.candidates.filter(({ price }) => price !== null).length < 2 ? 'one-price' : ''}`} aria-label="Plans weighed">
      {order.map((candidate) => {
        const { rung, price, changes, reasons } = candidate;
        const isChosen = rung === decision.rung;
        const verdict = isChosen ? 'chosen' : price !== null ? 'rejected' : candidate.isWorkedOut ? 'cannot serve' : 'not worked out';
        return (
          <li key={rung} className={`candidate ${isChosen ? 'chosen' : ''} ${price === null ? 'cannot' : ''}`}>
            <span aria-hidden="true" className="mark">{isChosen ? '✓' : price !== null ? '–' : candidate.isWorkedOut ? '✕' : '·'}</span>
            <strong title={rungWords[rung]}>{rung}</strong>
            <span className="verdict">{verdict}</span>
            <span className="price">{price !== null ? gpuSeconds(price.lostGpuS) : candidate.atLeastGpuS === null ? '' : `≥ ${gpuSeconds(candidate.atLeastGpuS)}`}</span>
            {price === null ? <span className="meter none" /> : <span className="meter" role="img" aria-label={`${gpuSeconds(price.lostGpuS)} lost`}>
              <span className={isChosen ? 'of-chosen' : ''} style={{ width: `${Math.max(1, (Math.log1p(price.lostGpuS) / Math.log1p(dearest)) * 100)}%` }} /></span>}
            <span className="why">{reasons.join(' ')}{price !== null && changes > 0 ? ` ${counted(changes, 'change')}.` : ''}</span>
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
  telemetry: 'reading', alarm: 'reading', tick: 'clock', measured: 'measured', believed: 'believed', judged: 'judged', healthSet: 'health', decided: 'decided', commandIssued: 'command',
    commandEnded: 'answer', commandAnswered: 'device says', confirmed: 'confirmed', rolledBack: 'rolled back',
};
const trailMax = 80;

function Trail({ decision }: { readonly decision: DecisionView }): ReactNode {
  const startNs = decision.chain[0]?.atNs ?? decision.atNs;
  return (
    <section className="panel" aria-label="Trail in the log">
      <div className="line"><h2>Trail in the log</h2><span className="push small dim">entry, time since the reading, what</span></div>
      <ol className="trail" tabIndex={0}>{decision.chain.slice(0, trailMax).map((entry) => <li key={entry.n} className={entry.kind}><span className="mono dim">{entry.n}</span>
        <span className="small dim number">{entry.atNs === undefined ? '' : entry.atNs === startNs ? '+0 s' : `+${span(entry.atNs - startNs)}`}</span>
        <span className="strong small">{kindWords[entry.kind] ?? entry.kind}</span><span className="small">{entry.text}</span></li>)}</ol>
      {decision.chain.length > trailMax && <p className="dim small">and {count(decision.chain.length - trailMax)} more until {clock(decision.atNs)}.</p>}
    </section>
  );
}

export function DecisionPicture({ decision, map, heading }: { readonly decision: DecisionView; readonly map: ClusterMap; readonly heading: ReactNode }): ReactNode {
  return (
    <>
      <section className="panel decision-story" aria-label="From cause to plan">
        <div className="line">{heading}</div>
        <p className="because">{keptUnits(decision.because)}</p>
        <Pace decision={decision} />
        <Chain decision={decision} map={map} />
      </section>
      <section className="panel" aria-label="Prices">
        <div className="line"><h2>{counted(decision.candidates.length, 'plan')} weighed, priced in job progress</h2><span className="push small dim">lost until the cause is gone,
          expected in {span(decision.price.expectedNs)}; logarithmic bars</span></div>
        <Candidates decision={decision} />
      </section>
      <div className="columns">
        <section className="panel" aria-label="Effect on jobs"><h2>What the chosen plan does to jobs</h2>
          <Effects decision={decision} />{decision.reasons.length > 0 && <ul className="reasons">{decision.reasons.slice(0, 12).map((reason) => <li key={reason}>{reason}</li>)}</ul>}</section>
        <Trail decision={decision} />
      </div>
    </>
  );
}
