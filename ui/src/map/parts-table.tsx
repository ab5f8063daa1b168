/** The map as a table: every rack and tray with what it shows, for readers of the screen, for tests, and for whoever prefers lists. */

import { useState } from 'react';
import type { ReactNode } from 'react';
import { celsius, count } from '../shell/format.ts';
import { Swatch } from '../shell/marks.tsx';
import { stepsOf } from './inks.ts';
import type { Scene } from './scene.ts';
import { stepsMax } from './trunks.ts';

const rowsMax = 600;

interface PartsTableProps { readonly scene: Scene; readonly selected: number; readonly onSelect: (component: number) => void }

/** Links of a tray in words: `60 sound, 4 degraded`. */
function linksInWords(scene: Scene, tray: number): string {
  const steps = stepsOf[scene.shades.colouring];
  const parts = steps.flatMap((step, at) => {
    const links = scene.traySteps[tray * stepsMax + at] ?? 0;
    return links === 0 ? [] : [`${count(links)} ${step.name}`];
  });
  return parts.reverse().join(', ') || 'none';
}

export function PartsTable({ scene, selected, onSelect }: PartsTableProps): ReactNode {
  const [words, setWords] = useState('');
  const { floor } = scene.ground;
  const steps = stepsOf[scene.shades.colouring];
  const loops = floor.pipes.map(({ component }) => ({ component, tray: -1 }));
  const rows = [...loops, ...Array.from(floor.trayComponent, (component, tray) => ({ component, tray }))].filter(({ component }) => floor.nameOf(component).includes(words.trim().toLowerCase()));
  return (
    <div className="map-table" role="region" aria-label="Map as a table" tabIndex={0}>
      <div className="line"><h2>Coolant loops and trays</h2>
        <input className="push table-filter" aria-label="Filter by name" placeholder="filter by name" value={words} onChange={(event) => setWords(event.currentTarget.value)} /></div>
      <table>
        <thead><tr><th scope="col">Name</th><th scope="col">Shows</th><th scope="col" className="number">Case or supply</th><th scope="col">Links</th></tr></thead>
        <tbody>
          {rows.slice(0, rowsMax).map(({ component, tray }) => {
            const step = steps[scene.shades.worst[component] ?? 0];
            const caseC = scene.shades.caseC[component] ?? NaN;
            return (
              <tr key={component} aria-selected={component === selected}>
                <th scope="row"><button type="button" className="linkish" onClick={() => onSelect(component)}>{floor.nameOf(component)}</button></th>
                <td><span className="state"><Swatch step={step} />{step?.name}</span></td>
                <td className="number">{Number.isNaN(caseC) ? '' : celsius(caseC)}</td>
                <td>{tray < 0 ? '' : linksInWords(scene, tray)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length > rowsMax && <p className="dim">The first {rowsMax} of {count(rows.length)}; filter by name to see others.</p>}
    </div>
  );
}
