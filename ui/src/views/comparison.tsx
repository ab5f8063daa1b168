/** Live and fork beside each other: two maps in one colouring, figures with their difference, jobs, and the decisions of the fork. */

import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { ClusterMap, MapState } from '../../../src/app/contract/cluster.ts';
import type { Comparison } from '../../../src/app/contract/work.ts';
import type { Problem } from '../../../src/app/contract/words.ts';
import { groundFor } from '../map/ground-of.ts';
import type { Colouring } from '../map/inks.ts';
import { ColouringChoice, Legend } from '../map/legend.tsx';
import { MapCanvas } from '../map/map-canvas.tsx';
import { describe } from '../map/map-page.tsx';
import { sceneOf } from '../map/scene.ts';
import { count, gpuSeconds, percent, span } from '../shell/format.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { useTheme } from '../theme/theme.ts';

/** One of two maps beside each other, or the one beside a form. */
interface SideProps { readonly map: ClusterMap; readonly state: MapState; readonly colouring: Colouring; readonly title: string }

export function MapSide({ map, state, colouring, title }: SideProps): ReactNode {
  const theme = useTheme();
  const ground = groundFor(map);
  const scene = useMemo(() => sceneOf(ground, state, colouring), [ground, state, colouring]);
  const [hovered, setHovered] = useState(-1);
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <div className="map-stage"><MapCanvas scene={scene} theme={theme} lines={false} selected={-1} named={[]} describe={(component) => describe(scene,
        component)} onSelect={() => undefined} onHover={setHovered} goTo={{ component: -1, turn: 0 }} />
        {hovered >= 0 && <p className="map-hover" aria-hidden="true">{describe(scene, hovered)}</p>}</div>
    </section>
  );
}

interface FigureRow { readonly name: string; readonly live: string; readonly fork: string; readonly worse: boolean }

function figureRows({ lightShare, lostGpuSPerS, leasesMoved, leasesDropped }: Comparison): readonly FigureRow[] {
  return [
    { name: 'usable light', live: percent(lightShare.live), fork: percent(lightShare.fork), worse: lightShare.fork < lightShare.live - 1e-6 },
    { name: 'work lost, GPUs', live: lostGpuSPerS.live.toFixed(1), fork: lostGpuSPerS.fork.toFixed(1), worse: lostGpuSPerS.fork > lostGpuSPerS.live + 0.05 },
    { name: 'leases that take another way', live: '', fork: count(leasesMoved), worse: false },
    { name: 'leases without light', live: '', fork: count(leasesDropped), worse: leasesDropped > 0 },
  ];
}

const stepText = (stepS: number | null): string => (stepS === null ? 'stands' : span(stepS * 1e9));

function Figures({ comparison }: { readonly comparison: Comparison }): ReactNode {
  const jobs = comparison.jobs.map(({ id, stepS, forkStepS }): FigureRow => ({ name: `step of ${id}`, live: stepText(stepS), fork: stepText(forkStepS), worse: stepS !== null && (forkStepS === null
    || forkStepS > stepS * 1.0005) }));
  return (
    <table>
      <thead><tr><th scope="col">Figure</th><th scope="col" className="number">Live</th><th scope="col" className="number">Fork</th></tr></thead>
      <tbody>{[...figureRows(comparison), ...jobs].map((row) => <tr key={row.name}><th scope="row">{row.name}</th><td className="number">{row.live}</td>
        <td className={`number ${row.worse ? 'warn-text strong' : ''}`}>{row.worse ? '▼ ' : ''}{row.fork}</td></tr>)}</tbody>
    </table>
  );
}

interface PanelProps {
  readonly map: ClusterMap;
  readonly live: MapState;
  readonly forked: MapState | null;
  readonly comparison: Comparison | null;
  readonly problem: Problem | null;
  readonly adopting: boolean;
  readonly onAdopt: () => void;
}

export function ComparisonPanel({ map, live, forked, comparison, problem, adopting, onAdopt }: PanelProps): ReactNode {
  const [colouring, setColouring] = useState<Colouring>('health');
  return (
    <div className="stack">
      {forked !== null && (
        <div className="panel stack">
          <div className="line"><ColouringChoice colouring={colouring} onChange={setColouring} /><Legend colouring={colouring} /></div>
          <div className="pair"><MapSide map={map} state={live} colouring={colouring} title="Live" /><MapSide map={map} state={forked} colouring={colouring} title="Fork" /></div>
        </div>
      )}
      <ProblemBox problem={problem} />
      {comparison !== null && (
        <div className="columns">
          <section className="panel" aria-label="Figures"><h2>Live and fork</h2><Figures comparison={comparison} /></section>
          <section className="panel stack" aria-label="Decisions of the fork">
            <h2>What the controller would decide</h2>
            {comparison.decisions.length === 0 && <p className="dim">Nothing so far: perturb the fork.</p>}
            <ul className="plain-list stack">
              {comparison.decisions.slice(-20).map((row) => <li key={row.n}><strong>{row.rung}</strong> <span className="dim">{gpuSeconds(row.lostGpuS)}</span> <span className="small">{row.because}</span></li>)}
            </ul>
            <h2>Adopt</h2>
            <p className="dim">{comparison.adoptable.length === 0
              ? 'Nothing to adopt yet. Faults and readings are not adopted, only what was asked: drains, leases and releases.' : `Adopting sends: ${comparison.adoptable.join('; ')}.`}</p>
            <div className="line"><button type="button" className="primary" disabled={adopting || comparison.adoptable.length === 0} onClick={onAdopt}>Adopt</button></div>
          </section>
        </div>
      )}
    </div>
  );
}
