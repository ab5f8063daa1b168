/** Decisions, newest first, and the whole of one: its causal chain as a picture, every plan that was weighed, and the trail in the log. */

import type { ReactNode } from 'react';
import type { ClusterMap } from '../../../src/app/contract/cluster.ts';
import type { DecisionRow, DecisionView } from '../../../src/app/contract/work.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { ago, clock, gpuSeconds, longClock } from '../shell/format.ts';
import { keptUnits } from '../shell/names.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { linkTo } from '../shell/route.ts';
import { DecisionPicture } from './decision-picture.tsx';
import { statusTone, statusWords } from './decision-status.ts';

function Row({ row, current }: { readonly row: DecisionRow; readonly current: boolean }): ReactNode {
  return (
    <a href={linkTo('decisions', row.n)} aria-current={current ? 'true' : undefined}>
      <span className="row-head"><strong>{row.rung}</strong><span className="small dim">{clock(row.atNs)}</span></span>
      <span className={`small block ${statusTone[row.status]}`}>{statusWords[row.status]}</span>
      <span className="small dim two-lines" title={row.because}>{keptUnits(row.because)}</span>
      <span className="small">{row.jobs.length === 0 ? 'no job touched' : row.jobs.slice(0, 2).join(', ') + (row.jobs.length > 2 ? ` and ${row.jobs.length - 2} more` : '')} · {gpuSeconds(row.lostGpuS)}</span>
    </a>
  );
}

function Whole({ n, map }: { readonly n: number; readonly map: ClusterMap }): ReactNode {
  const { data, problem } = useResource<DecisionView>(paths.decision(n), ['decision', 'other']);
  return (
    <div className="stack">
      <ProblemBox problem={problem} />
      {data === null && problem === null && <p className="empty panel">Reading decision {n}…</p>}
      {data !== null && (
        <DecisionPicture decision={data} map={map} heading={<>
          <h2 className="decision-title">Decision {data.n}: {data.rung}</h2><span className={`small ${statusTone[data.status]}`}>{statusWords[data.status]}</span>
          <span className="push small dim">{longClock(data.atNs)}, {ago(data.atNs)}</span></>} />
      )}
    </div>
  );
}

export function DecisionsView({ map, words }: { readonly map: ClusterMap; readonly words: readonly string[] }): ReactNode {
  const { data, problem } = useResource<Page<DecisionRow>>(`${paths.decisions}?limit=200`, ['decision']);
  const chosen = /^\d+$/.test(words[0] ?? '') ? Number(words[0]) : data?.items[0]?.n ?? null;
  return (
    <div className="sheet broad">
      {chosen === null && <header><h1>Decisions</h1><p className="lead">What was read, what it touches, which plans were weighed at which price, and which was taken.</p></header>}
      <ProblemBox problem={problem} />
      {data === null && problem === null && chosen === null && <p className="empty">Reading decisions…</p>}
      {data?.items.length === 0 && chosen === null && <p className="empty panel">Nothing has had to be decided yet. <a href={linkTo('inject')}>Inject a fault</a> to see the controller at work.</p>}
      {chosen !== null && (
        <div className="split left decided">
          <div className="stack decided-side"><h1>Decisions</h1>
            <nav className="panel decision-list" aria-label="Decisions, newest first">{data?.items.map((row) => <Row key={row.n} row={row} current={row.n === chosen} />)}</nav></div>
          <Whole n={chosen} map={map} />
        </div>
      )}
    </div>
  );
}
