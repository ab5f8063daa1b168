/** Maintenance: taking a component out of service with its light moved first, and leading what is out through repair and test back in. */

import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ClusterMap } from '../../../src/app/contract/cluster.ts';
import type { Done } from '../../../src/app/contract/operate.ts';
import type { AlarmView, MaintenanceView } from '../../../src/app/contract/work.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { groundFor } from '../map/ground-of.ts';
import { healthSteps } from '../map/inks.ts';
import { useAction } from '../shell/action.ts';
import { ComponentName } from '../shell/component-name.tsx';
import { ago, clock } from '../shell/format.ts';
import { Chips, Swatch } from '../shell/marks.tsx';
import { shortPath } from '../shell/names.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { ReadOnlyNote } from '../shell/token-form.tsx';
import { linkTo } from '../shell/route.ts';
import { DoneBox, RepairSteps, askStep, todoAt } from './repair-steps.tsx';

const stageWords: Readonly<Record<string, string>> = { verificationFailed: 'failed its test' };
const failedMax = 40;

function Drain({ map, first, onDone }: { readonly map: ClusterMap; readonly first: string; readonly onDone: () => void }): ReactNode {
  const [component, setComponent] = useState(first);
  const [note, setNote] = useState('');
  const action = useAction<Done>();
  const drain = (isDry: boolean): void => action.run(async () => {
    const done = await askStep(component.trim(), 'drain', { note, isDry });
    if (!isDry) onDone();
    return done;
  });
  return (
    <form className="panel stack" onSubmit={(event) => { event.preventDefault(); drain(false); }}>
      <h2>Take out of service</h2>
      <p className="dim small">Its light is moved elsewhere before anybody touches it. Refused where a job would be left without light.</p>
      <div className="fields">
        <ComponentName map={map} id="drain-component" label="Component" value={component} onChange={setComponent} />
        <div className="whole"><label htmlFor="drain-note">Why, for the audit</label><input id="drain-note" value={note} maxLength={2000} placeholder="clean the fibres"
          onChange={(event) => setNote(event.currentTarget.value)} /></div>
      </div>
      <div className="line"><button type="button" disabled={action.running || component.trim() === ''} onClick={() => drain(true)}>Dry run</button>
        <button type="submit" className="primary" disabled={action.running || component.trim() === ''}>Drain</button></div>
      <ReadOnlyNote needs="operator" />
      {action.answer !== null && <DoneBox done={action.answer} />}
      <ProblemBox problem={action.problem} />
    </form>
  );
}

function InMaintenance({ items, onDone }: { readonly items: readonly MaintenanceView[]; readonly onDone: () => void }): ReactNode {
  if (items.length === 0) return <p className="empty panel">Nothing is in maintenance.</p>;
  return (
    <div className="panel table-frame" tabIndex={0} role="region" aria-label="In maintenance">
      <table>
        <thead><tr><th scope="col">Component</th><th scope="col">Stage</th><th scope="col">Since</th><th scope="col">By</th><th scope="col">What to do now</th></tr></thead>
        <tbody>
          {items.map(({ component, row, stage, by, sinceNs }) => (
            <tr key={component}>
              <th scope="row"><a href={linkTo('map', row, 'near')} title={component}>{shortPath(component)}</a></th>
              <td><span className="state"><Swatch step={healthSteps[stage === 'verificationFailed' ? 4 : 1]} />{stageWords[stage] ?? stage}</span></td>
              <td className="whole-line"><span title={clock(sinceNs)}>{ago(sinceNs)}</span></td><td className="mono dim">{by}</td>
              <td><p className="small repair-todo">{todoAt(stage)}</p><RepairSteps component={component} stage={stage} onDone={onDone} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What carries nothing any more needs no drain: work on it may begin at once. */
function Failed({ items, onDone }: { readonly items: readonly AlarmView[]; readonly onDone: () => void }): ReactNode {
  const action = useAction<Done>();
  if (items.length === 0) return null;
  return (
    <section className="panel" aria-label="Failed, nobody works on it">
      <div className="line"><h2>Failed, and nobody works on it</h2><span className="dim small">It carries nothing, so it needs no drain.</span></div>
      <ProblemBox problem={action.problem} />
      <table>
        <thead><tr><th scope="col">Component</th><th scope="col">Why</th><th scope="col">Jobs on its light</th><th scope="col">What to do now</th></tr></thead>
        <tbody>
          {items.slice(0, failedMax).map(({ component, row, reason, jobs }) => (
            <tr key={component}>
              <th scope="row"><a href={linkTo('map', row, 'near')} title={component}>{shortPath(component)}</a></th><td className="dim">{reason}</td><td><Chips items={jobs} most={4} /></td>
              <td><button type="button" disabled={action.running} onClick={() => action.run(async () => { const done = await askStep(component, 'repair'); onDone(); return done; })}>Begin work</button></td>
            </tr>
          ))}
        </tbody>
      </table>
      {items.length > failedMax && <p className="dim more">The first {failedMax} of {items.length}.</p>}
    </section>
  );
}

export function RepairsView({ map, words }: { readonly map: ClusterMap; readonly words: readonly string[] }): ReactNode {
  const held = useResource<Page<MaintenanceView>>(paths.maintenance, ['alarm', 'other', 'decision']);
  const alarms = useResource<Page<AlarmView>>(paths.alarms, ['alarm', 'state']);
  const { floor } = groundFor(map);
  const first = /^\d+$/.test(words[0] ?? '') && Number(words[0]) < map.components.kind.length ? floor.nameOf(Number(words[0])) : '';
  const reload = (): void => { held.reload(); alarms.reload(); };
  const out = new Set(held.data?.items.map(({ component }) => component));
  const failed = alarms.data?.items.filter(({ health, component, row }) => health === 'failed' && row >= 0 && !out.has(component)) ?? [];
  return (
    <div className="sheet">
      <header><h1>Repairs</h1><p className="lead">Drain, work, test, return: light is off a part before anybody touches it, and back when it has passed its test.</p>
        <a className="push" href={linkTo('runbook', 'maintenance')}>Runbook: maintenance</a></header>
      <ProblemBox problem={held.problem} />
      <div className="split left">
        <Drain key={first} map={map} first={first} onDone={reload} />
        <div className="stack">
          {held.data === null && held.problem === null && <p className="empty">Reading what is in maintenance…</p>}
          {held.data !== null && <InMaintenance items={held.data.items} onDone={reload} />}
          <Failed items={failed} onDone={reload} />
        </div>
      </div>
    </div>
  );
}
