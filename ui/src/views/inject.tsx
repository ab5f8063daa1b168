/** Putting a fault into the emulated fabric and watching what follows: the map, the events, the decision. */

import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ClusterMap, MapState } from '../../../src/app/contract/cluster.ts';
import type { StreamEvent } from '../../../src/app/contract/operate.ts';
import type { DecisionRow } from '../../../src/app/contract/work.ts';
import type { Live } from '../api/live.ts';
import { paths } from '../api/paths.ts';
import { write } from '../api/request.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { groundFor } from '../map/ground-of.ts';
import type { Colouring } from '../map/inks.ts';
import { ColouringChoice, Legend } from '../map/legend.tsx';
import { useAction } from '../shell/action.ts';
import { ComponentName } from '../shell/component-name.tsx';
import { ago, clock, gpuSeconds } from '../shell/format.ts';
import { counted, kindsOf, placesOf, shortPath } from '../shell/names.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { ReadOnlyNote } from '../shell/token-form.tsx';
import { linkTo } from '../shell/route.ts';
import { MapSide } from './comparison.tsx';
import { statusTone, statusWords } from './decision-status.ts';
import { EventList } from './event-list.tsx';

export interface FaultKind { readonly name: string; readonly unit: string | null; readonly does: string; readonly usual: number | null; readonly most: number }
interface Faults { readonly kinds: readonly FaultKind[]; readonly faults: readonly { readonly component: string; readonly row: number; readonly fault: string; readonly by: number;
  readonly unit: string | null; readonly sinceNs: number }[] }
interface Injected { readonly reached: readonly string[]; readonly summary: string }

interface FaultChoiceProps { readonly kinds: readonly FaultKind[]; readonly fault: string; readonly by: string; readonly onFault: (fault: string) => void; readonly onBy: (by: string) => void }

/** A kind of fault and its amount in its unit. */
export function FaultChoice({ kinds, fault, by, onFault, onBy }: FaultChoiceProps): ReactNode {
  const kind = kinds.find(({ name }) => name === fault);
  return (
    <>
      <div><label htmlFor="fault-kind">Fault</label>
        <select id="fault-kind" value={fault} onChange={(event) => onFault(event.currentTarget.value)}>{kinds.map(({ name }) => <option key={name}>{name}</option>)}</select></div>
      <div><label htmlFor="fault-by">{kind?.unit === null || kind === undefined ? 'Amount (none)' : `Amount, ${kind.unit}`}</label>
        <input id="fault-by" type="number" step="any" min={0} max={kind?.most} disabled={kind?.unit === null} value={by} onChange={(event) => onBy(event.currentTarget.value)} /></div>
      <p className="dim small whole">{kind === undefined ? '' : `It ${kind.does}.${kind.name === 'stuck' ? ' Name a cabled port, e.g. ocs0/4A.' : ''}`}</p>
    </>
  );
}

export const faultBody = (component: string, fault: string, by: string, kinds: readonly FaultKind[]): { component: string; fault: string; by?: number } =>
  ({ component, fault, ...(kinds.find(({ name }) => name === fault)?.unit === null || by === '' ? {} : { by: Number(by) }) });

const shownEvents = 200;
const shownDecisions = 6;

/** Decisions stand by themselves, fetched and not overheard, so that no flood of events can carry them off. */
function Watch({ events, sinceN }: { readonly events: readonly StreamEvent[]; readonly sinceN: number }): ReactNode {
  const decisions = useResource<Page<DecisionRow>>(`${paths.decisions}?limit=50`, ['decision']);
  const fetched = decisions.data?.items.filter(({ n }) => n > sinceN) ?? [];
  // One that was just heard is shown at once; the fetched row replaces it.
  const heard = events.filter(({ n, kind }) => kind === 'decided' && n > sinceN && !fetched.some((row) => row.n === n));
  const since = [...heard.map(({ n, atNs, text }) => ({ n, atNs, because: text, known: null })), ...fetched.map((row) => ({ n: row.n, atNs: row.atNs, because: row.because, known: row }))];
  const shown = events.filter(({ n, stream }) => n > sinceN && stream !== 'job').slice(0, shownEvents);
  return (
    <section className="panel stack" aria-label="What follows">
      <h2>What follows, newest first</h2>
      {since.length === 0 && shown.length === 0 && <p className="dim">Nothing yet. Decisions appear here first, then every event as it becomes durable.</p>}
      {since.length > 0 && <ul className="plain-list follow-decisions" aria-label="Decisions since" aria-live="polite">
        {since.slice(0, shownDecisions).map((row) => (
          <li key={row.n}><a className="decision-card" href={linkTo('decisions', row.n)}>
            <span className="line"><strong>decision {row.n}{row.known === null ? '' : `: ${row.known.rung}`}</strong>
              {row.known !== null && <span className={`small ${statusTone[row.known.status]}`}>{statusWords[row.known.status]}</span>}
              <span className="push small dim">{clock(row.atNs)}</span></span>
            <span className="small">{row.because}</span>
            <span className="small dim">{row.known === null ? '' : `${counted(row.known.jobs.length, 'job')} touched · ${gpuSeconds(row.known.lostGpuS)} lost · `}see the chain and every price</span>
          </a></li>
        ))}
        {since.length > shownDecisions && <li className="small dim">and {since.length - shownDecisions} more under Decisions</li>}
      </ul>}
      {shown.length > 0 && <EventList events={shown} label="Events since" />}
    </section>
  );
}

export function InjectView({ live, map, state, words }: { readonly live: Live; readonly map: ClusterMap; readonly state: MapState; readonly words: readonly string[] }): ReactNode {
  const { data, problem, reload } = useResource<Faults>(paths.faults, ['alarm', 'other']);
  const { floor } = groundFor(map);
  const named = /^\d+$/.test(words[0] ?? '') ? floor.nameOf(Number(words[0])) : floor.pipes[0] === undefined ? '' : floor.nameOf(floor.pipes[0].component);
  const [component, setComponent] = useState(named);
  const [colouring, setColouring] = useState<Colouring>('health');
  const [fault, setFault] = useState('warm');
  const [by, setBy] = useState('6');
  const [sinceN, setSinceN] = useState(live.cluster?.version ?? 0);
  const action = useAction<Injected>();
  const inject = (): void => {
    setSinceN(live.events[0]?.n ?? live.cluster?.version ?? 0);
    action.run(async () => {
      const done = await write<Injected>(paths.faults, { body: faultBody(component.trim(), fault, by, data?.kinds ?? []) });
      reload();
      return done;
    });
  };
  const clear = (name: string): void => action.run(async () => {
    const done = await write<Injected>(`${paths.faults}/${encodeURIComponent(name)}`, { method: 'DELETE' });
    reload();
    return done;
  });
  return (
    <div className="sheet">
      <header><h1>Inject a fault</h1><p className="lead">Into the emulated fabric. The controller knows nothing of it but what its devices report.</p></header>
      <ProblemBox problem={problem} />
      <div className="split left">
        <form className="panel stack" onSubmit={(event) => { event.preventDefault(); inject(); }}>
          <div className="fields">
            <ComponentName map={map} id="fault-component" label="Component" value={component} onChange={setComponent} />
            <FaultChoice kinds={data?.kinds ?? []} fault={fault} by={by} onFault={(name) => { setFault(name); setBy(String(data?.kinds.find((kind) => kind.name === name)?.usual ?? (name === 'warm'
              ? 6 : ''))); }} onBy={setBy} />
          </div>
          <div className="line"><button type="submit" className="primary" disabled={action.running || component === ''}>{action.running ? 'Injecting…' : 'Inject'}</button></div>
          <ReadOnlyNote needs="operator" />
          {action.answer !== null && <div className="told" role="status"><strong>{action.answer.summary}</strong>
            {action.answer.reached.length > 0 && <details className="small"><summary>{kindsOf(action.answer.reached)} in {placesOf(action.answer.reached)}</summary>
              <ul className="plain-list mono reached" tabIndex={0}>{action.answer.reached.map((name) => <li key={name}>{name}</li>)}</ul></details>}</div>}
          <ProblemBox problem={action.problem} />
          <h2>Faults in place</h2>
          {data === null && problem === null && <p className="dim">Reading…</p>}
          {data?.faults.length === 0 && <p className="dim">None.</p>}
          <ul className="plain-list" aria-label="Faults in place">
            {data?.faults.map((held) => (
              <li key={held.component + held.fault} className="fault-held"><span><a href={linkTo('map', held.row, 'near')} title={held.component}>{shortPath(held.component)}</a>
                <span className="small dim block">{held.fault}{held.unit === null ? '' : ` ${held.by} ${held.unit}`}, {ago(held.sinceNs)}</span></span>
                <button type="button" aria-label={`Take away: ${held.fault} at ${held.component}`} onClick={() => clear(held.component)}>Take away</button></li>
            ))}
          </ul>
        </form>
        <div className="stack">
          <div className="panel stack">
            <div className="line"><ColouringChoice colouring={colouring} onChange={setColouring} /><Legend colouring={colouring} /></div>
            <MapSide map={map} state={state} colouring={colouring} title="Live map" />
          </div>
          <Watch events={live.events} sinceN={sinceN} />
        </div>
      </div>
    </div>
  );
}
