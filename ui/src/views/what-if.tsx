/** What if: fork the live state, perturb the fork, see it beside the live state, and adopt what was asked or throw it away. */

import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ClusterMap, MapState } from '../../../src/app/contract/cluster.ts';
import type { Comparison, ForkView } from '../../../src/app/contract/work.ts';
import { paths } from '../api/paths.ts';
import { write } from '../api/request.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { groundFor } from '../map/ground-of.ts';
import { useAction } from '../shell/action.ts';
import { ComponentName } from '../shell/component-name.tsx';
import { clock } from '../shell/format.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { ReadOnlyNote } from '../shell/token-form.tsx';
import { FaultChoice, faultBody } from './inject.tsx';
import type { FaultKind } from './inject.tsx';
import { ComparisonPanel } from './comparison.tsx';

interface Adopted { readonly sent: readonly string[]; readonly refusals: readonly { readonly code: string; readonly reasons: readonly string[] }[] }
type Perturbation = 'fault' | 'drain' | 'supply';

interface PerturbProps { readonly fork: ForkView; readonly map: ClusterMap; readonly first: string; readonly onDone: () => void }

function Perturb({ fork, map, first, onDone }: PerturbProps): ReactNode {
  const faults = useResource<{ readonly kinds: readonly FaultKind[] }>(paths.faults);
  const [kind, setKind] = useState<Perturbation>('fault');
  const [component, setComponent] = useState(first);
  const [fault, setFault] = useState('warm');
  const [by, setBy] = useState('6');
  const [forS, setForS] = useState('30');
  const [supplyC, setSupplyC] = useState('40');
  const action = useAction<unknown>();
  const perturb = (): void => action.run(async () => {
    const name = component.trim();
    const readings = kind === 'drain' ? [{ kind: 'drain', component: name }] : [{ kind: 'telemetry', component: name, quantity: 'supplyC', value: Number(supplyC) }];
    const done = kind === 'fault'
      ? await write(`${paths.fork(fork.id)}/faults`, { body: { ...faultBody(name, fault, by, faults.data?.kinds ?? []), forS: Number(forS) } })
      : await write(`${paths.fork(fork.id)}/readings`, { body: { readings } });
    onDone();
    return done;
  });
  return (
    <form className="panel stack" onSubmit={(event) => { event.preventDefault(); perturb(); }}>
      <h2>Perturb the fork</h2>
      <div className="segments" role="group" aria-label="Perturbation">
        {(['fault', 'drain', 'supply'] as const).map((name) => <button key={name} type="button" aria-pressed={kind === name} onClick={() => setKind(name)}>{name === 'supply' ? 'coolant reads' : name}</button>)}
      </div>
      <div className="fields">
        <ComponentName map={map} id="whatif-component" label="Component" value={component} onChange={setComponent} />
        {kind === 'fault' && <FaultChoice kinds={faults.data?.kinds ?? []} fault={fault} by={by} onFault={setFault} onBy={setBy} />}
        {kind === 'fault' && <div><label htmlFor="for-s">Let pass, seconds</label><input id="for-s" type="number" min={1} max={600} value={forS} onChange={(event) => setForS(event.currentTarget.value)} /></div>}
        {kind === 'supply' && <div><label htmlFor="supply-c">Supply, °C</label><input id="supply-c" type="number" step="any" value={supplyC} onChange={(event) => setSupplyC(event.currentTarget.value)} /></div>}
        {kind === 'drain' && <p className="dim small whole">Its light is moved elsewhere before it is taken out, as on the live cluster. A drain can be adopted.</p>}
      </div>
      <div className="line"><button type="submit" className="primary" disabled={action.running || component === ''}>{action.running ? 'Deciding…' : 'Perturb'}</button></div>
      <ReadOnlyNote needs="scheduler" />
      <ProblemBox problem={action.problem} />
    </form>
  );
}

const stepWords = [
  ['Fork', 'copy the live state, devices and all'], ['Perturb', 'try a fault, a drain or a warmer coolant'], ['Compare', 'see it beside the live state'], ['Adopt', 'send what was asked, or throw it away'],
] as const;

/** The four steps, with those that are behind marked and the next one said. */
function Steps({ next }: { readonly next: number }): ReactNode {
  return (
    <ol className="steps" aria-label="Steps">
      {stepWords.map(([name, what], at) => (
        <li key={name} className={at < next ? 'done' : at === next ? 'next' : ''} aria-current={at === next ? 'step' : undefined}>
          <span className="step-mark" aria-hidden="true">{at < next ? '✓' : at + 1}</span><span><strong>{name}</strong> <span className="small dim">{what}</span></span></li>
      ))}
    </ol>
  );
}

const AdoptedNote = ({ adopted }: { readonly adopted: Adopted }): ReactNode => (
  <div className="told" role="status">
    <strong>Adopted.</strong> {adopted.sent.length === 0 ? 'Nothing was asked in the fork that could be sent.' : `Sent to the live controller: ${adopted.sent.join('; ')}.`}
    {adopted.refusals.map((refusal) => <p key={refusal.code}>{refusal.reasons.join(' ')}</p>)}
  </div>
);

/** The fork chosen by the operator, or the newest. */
function useFork(): { readonly forks: readonly ForkView[]; readonly fork: ForkView | null; readonly choose: (id: string | null) => void; readonly reload: () => void;
  readonly list: ReturnType<typeof useResource<Page<ForkView>>> } {
  const list = useResource<Page<ForkView>>(paths.forks);
  const [chosen, setChosen] = useState<string | null>(null);
  const forks = list.data?.items ?? [];
  return { forks, fork: forks.find(({ id }) => id === chosen) ?? forks.at(-1) ?? null, choose: setChosen, reload: list.reload, list };
}

export function WhatIfView({ map, state, words }: { readonly map: ClusterMap; readonly state: MapState; readonly words: readonly string[] }): ReactNode {
  const { forks, fork, choose, reload, list } = useFork();
  const comparison = useResource<Comparison>(fork === null ? null : `${paths.fork(fork.id)}/comparison`, ['decision']);
  const forked = useResource<MapState>(fork === null ? null : `${paths.fork(fork.id)}/map`);
  const making = useAction<ForkView>();
  const adopting = useAction<Adopted>();
  const [tried, setTried] = useState<ReadonlySet<string>>(new Set());
  const { floor } = groundFor(map);
  const first = /^\d+$/.test(words[0] ?? '') ? floor.nameOf(Number(words[0])) : floor.pipes[0] === undefined ? '' : floor.nameOf(floor.pipes[0].component);
  const make = (): void => making.run(async () => {
    const made = await write<ForkView>(paths.forks);
    choose(made.id);
    adopting.clear();
    reload();
    return made;
  });
  const drop = (id: string): void => making.run(async () => {
    await write(paths.fork(id), { method: 'DELETE' });
    reload();
    return null as unknown as ForkView;
  });
  const adopt = (id: string): void => adopting.run(async () => {
    const done = await write<Adopted>(`${paths.fork(id)}/adopt`);
    reload();
    return done;
  });
  const refresh = (): void => { comparison.reload(); forked.reload(); reload(); };
  return (
    <div className="sheet broad">
      <header>
        <h1>What if</h1><p className="lead">A fork is a copy of the live state with devices of its own.</p>
        <div className="line push">
          {forks.length > 1 && <select aria-label="Fork" value={fork?.id} onChange={(event) => choose(event.currentTarget.value)}>{forks.map(({ id,
            of }) => <option key={id} value={id}>fork {id} of entry {of}</option>)}</select>}
          {fork !== null && <button type="button" onClick={() => drop(fork.id)}>Throw away</button>}
          {fork !== null && <button type="button" disabled={making.running} onClick={make}>Fork the live state again</button>}
        </div>
      </header>
      <ProblemBox problem={making.problem ?? list.problem ?? adopting.problem} />
      <Steps next={fork === null ? 0 : fork.decisions === 0 && (comparison.data?.adoptable.length ?? 0) === 0 && !tried.has(fork.id) ? 1 : 3} />
      {adopting.answer !== null && <AdoptedNote adopted={adopting.answer} />}
      {fork === null ? (
        <div className="empty panel">
          <p>No fork. Nothing that you try in one reaches a device until you adopt it.</p>
          <button type="button" className="primary" disabled={making.running} onClick={make}>{making.running ? 'Forking…' : 'Fork the live state'}</button>
          <ReadOnlyNote needs="scheduler" />
        </div>
      ) : (
        <div className="split left">
          <div className="stack">
            <p className="dim small">Fork <span className="mono">{fork.id}</span> of entry {fork.of}, made at {clock(fork.createdNs)} by {fork.by}.</p>
            <Perturb key={fork.id} fork={fork} map={map} first={first} onDone={() => { setTried(new Set([...tried, fork.id])); refresh(); }} />
          </div>
          <ComparisonPanel map={map} live={state} forked={forked.data} comparison={comparison.data} problem={comparison.problem} adopting={adopting.running} onAdopt={() => adopt(fork.id)} />
        </div>
      )}
    </div>
  );
}
