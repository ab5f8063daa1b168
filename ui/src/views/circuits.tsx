/** Cross-connects of the optical circuit switches as a matrix: what is intended, what the switch says it has, and where they differ. */

import { useEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import type { Circuits, ClusterMap } from '../../../src/app/contract/cluster.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { papers } from '../map/inks.ts';
import type { ThemeName } from '../map/inks.ts';
import { count } from '../shell/format.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { goTo } from '../shell/route.ts';
import { useTheme } from '../theme/theme.ts';

interface Cross { readonly a: number; readonly b: number; readonly how: 'both' | 'intended' | 'observed' }

/** The matrix of a small switch is drawn larger, but a cell is never too small to be seen. */
const cellOf = (ports: number): number => Math.max(5, Math.min(26, Math.floor(620 / ports)));
const marginPx = 52;
const inks: Readonly<Record<ThemeName, Readonly<Record<Cross['how'], string>>>> = {
  dark: { both: '#27b98c', intended: '#f0b44a', observed: '#f0603a' }, light: { both: '#00694c', intended: '#b36b00', observed: '#c0330f' },
};
const words: Readonly<Record<Cross['how'], string>> = { both: 'intended and in place', intended: 'intended, not (yet) in place', observed: 'in place, not intended' };

/** A switch is heard from where it differs from what was intended: one that has never said otherwise has what it was told. */
function crossesOf({ intended, observed }: Circuits): readonly Cross[] {
  const key = ({ a, b }: { readonly a: number; readonly b: number }): string => `${a}-${b}`;
  const seen = new Set((observed ?? intended).map(key));
  const wanted = new Set(intended.map(key));
  return [...intended.map((cross): Cross => ({ ...cross, how: seen.has(key(cross)) ? 'both' : 'intended' })),
    ...(observed ?? []).filter((cross) => !wanted.has(key(cross))).map((cross): Cross => ({ ...cross, how: 'observed' }))];
}

function Matrix({ circuits, crosses }: { readonly circuits: Circuits; readonly crosses: readonly Cross[] }): ReactNode {
  const theme = useTheme();
  const canvas = useRef<HTMLCanvasElement>(null);
  const ports = Math.max(circuits.ports, 1 + crosses.reduce((most, { a, b }) => Math.max(most, a, b), 0));
  const cellPx = cellOf(ports);
  const size = marginPx + ports * cellPx + 4;
  useEffect(() => {
    const paint = canvas.current?.getContext('2d');
    if (paint === null || paint === undefined || canvas.current === null) return;
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    canvas.current.width = canvas.current.height = size * ratio;
    paint.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint.clearRect(0, 0, size, size);
    paint.fillStyle = papers[theme].grid;
    paint.fillRect(marginPx, marginPx, ports * cellPx, ports * cellPx);
    paint.strokeStyle = papers[theme].rackEdge;
    paint.fillStyle = papers[theme].dim;
    paint.font = '10px system-ui, "DejaVu Sans", sans-serif';
    paint.fillText('leaves →', marginPx, 10);
    paint.fillText('enters ↓', 0, marginPx - 6);
    const step = cellPx >= 18 ? 1 : 8;
    paint.beginPath();
    for (let port = 0; port <= ports; port += step) {
      paint.moveTo(marginPx + port * cellPx + 0.5, marginPx);
      paint.lineTo(marginPx + port * cellPx + 0.5, marginPx + ports * cellPx);
      paint.moveTo(marginPx, marginPx + port * cellPx + 0.5);
      paint.lineTo(marginPx + ports * cellPx, marginPx + port * cellPx + 0.5);
      if (port < ports) {
        paint.fillText(String(port), marginPx + port * cellPx + (step === 1 ? cellPx / 2 - 5 : 0), marginPx - 6);
        paint.fillText(String(port), 6, marginPx + port * cellPx + (step === 1 ? cellPx / 2 + 4 : 9));
      }
    }
    paint.stroke();
    for (const { a, b, how } of crosses) {
      const [x, y] = [marginPx + b * cellPx + 1, marginPx + a * cellPx + 1];
      paint.fillStyle = paint.strokeStyle = inks[theme][how];
      if (how === 'both') paint.fillRect(x, y, cellPx - 1, cellPx - 1);
      else if (how === 'intended') paint.strokeRect(x + 1, y + 1, cellPx - 3, cellPx - 3);
      else {
        paint.beginPath();
        paint.moveTo(x, y);
        paint.lineTo(x + cellPx - 1, y + cellPx - 1);
        paint.moveTo(x + cellPx - 1, y);
        paint.lineTo(x, y + cellPx - 1);
        paint.stroke();
      }
    }
  });
  return <div className="matrix-frame" tabIndex={0} role="region" aria-label="Matrix"><canvas ref={canvas} style={{ width: size,
    height: size }} role="img" aria-label={`${count(crosses.length)} cross-connects of ${count(ports)} ports: rows are entering, columns leaving ports. The table beside it names them.`} /></div>;
}

const marks: Readonly<Record<Cross['how'], string>> = { both: '■', intended: '□', observed: '✕' };

function OneSwitch({ circuits }: { readonly circuits: Circuits }): ReactNode {
  const theme = useTheme();
  const crosses = useMemo(() => crossesOf(circuits), [circuits]);
  return (
    <div className="split">
      <div className="panel stack">
        <div className="line"><h2>{circuits.ocs}</h2><span className="dim">{count(circuits.ports)} ports, {count(crosses.length)} cross-connects{circuits.observed === null
          ? '; the switch has reported no difference' : ''}</span></div>
        <ul className="legend">{(['both', 'intended', 'observed'] as const).map((how) => <li key={how}><span aria-hidden="true" style={{ color: inks[theme][how] }}>{marks[how]}</span>{words[how]}</li>)}</ul>
        <Matrix circuits={circuits} crosses={crosses} />
      </div>
      <div className="panel table-frame" tabIndex={0} role="region" aria-label="Cross-connects">
        <table>
          <thead><tr><th scope="col" className="number">Enters</th><th scope="col" className="number">Leaves</th><th scope="col">State</th></tr></thead>
          <tbody>{crosses.map(({ a, b, how }) => <tr key={`${a}-${b}`}><td className="number">{a}</td><td className="number">{b}</td>
            <td className={how === 'both' ? '' : 'warn-text'}>{words[how]}</td></tr>)}</tbody>
        </table>
      </div>
    </div>
  );
}

export function CircuitsView({ map, words: address }: { readonly map: ClusterMap; readonly words: readonly string[] }): ReactNode {
  const hasSwitches = map.components.kind.some((kind) => map.kinds[kind] === 'ocs');
  const { data, problem } = useResource<Page<Circuits>>(hasSwitches ? paths.circuits : null, ['decision', 'other', 'state']);
  const [chosen, setChosen] = useState(Number(address[0] ?? -1));
  const shown = data?.items.find(({ component }) => component === chosen) ?? data?.items[0];
  return (
    <div className="sheet">
      <header>
        <h1>Circuits</h1><p className="lead">Optical circuit switches: which entering port is connected to which leaving port.</p>
        {(data?.items.length ?? 0) > 1 && (
          <div className="push"><label htmlFor="ocs" className="unseen">Circuit switch</label>
            <select id="ocs" value={shown?.component} onChange={(event) => { setChosen(Number(event.currentTarget.value)); goTo('circuits', event.currentTarget.value);
            }}>{data?.items.map((item) => <option key={item.component} value={item.component}>{item.ocs}</option>)}</select></div>
        )}
      </header>
      <ProblemBox problem={problem} />
      {!hasSwitches && <div className="empty panel"><p>This cluster has no optical circuit switches: its links are fixed cables.</p>
        <p>To see one with them, start <code className="mono">heliostat serve --cluster examples/fabrics/ocs-rails.yaml</code>.</p></div>}
      {hasSwitches && data === null && problem === null && <p className="empty">Reading cross-connects…</p>}
      {shown !== undefined && <OneSwitch circuits={shown} />}
    </div>
  );
}
