/** The live map with its tools, the panel of what is selected, and the same as a table. */

import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { ClusterMap, MapState } from '../../../src/app/contract/cluster.ts';
import type { DecisionView } from '../../../src/app/contract/work.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import { ComponentPanel } from '../shell/component-panel.tsx';
import { celsius, count } from '../shell/format.ts';
import { goTo as goToView, linkTo } from '../shell/route.ts';
import { useTheme } from '../theme/theme.ts';
import { groundFor } from './ground-of.ts';
import type { Colouring } from './inks.ts';
import { stepsOf } from './inks.ts';
import { ColouringChoice, Legend } from './legend.tsx';
import { MapCanvas } from './map-canvas.tsx';
import { PartsTable } from './parts-table.tsx';
import type { Scene } from './scene.ts';
import { sceneOf } from './scene.ts';

/** What a component shows, in one line: for the pointer, the keyboard and readers of the screen. */
export function describe(scene: Scene, component: number): string {
  const { floor, bodyOffset } = scene.ground;
  const step = stepsOf[scene.shades.colouring][scene.shades.worst[component] ?? 0];
  const links = (bodyOffset[component + 1] ?? 0) - (bodyOffset[component] ?? 0);
  const caseC = scene.shades.caseC[component] ?? NaN;
  return [floor.nameOf(component), step?.name ?? '', ...(Number.isNaN(caseC) ? [] : [celsius(caseC)]), ...(links > 0 ? [`${links} links`] : [])].join(' · ');
}

export interface MapPageProps { readonly map: ClusterMap; readonly state: MapState; readonly words: readonly string[] }

export function MapPage({ map, state, words }: MapPageProps): ReactNode {
  const theme = useTheme();
  const [colouring, setColouring] = useState<Colouring>('health');
  const [lines, setLines] = useState(false);
  const [asTable, setAsTable] = useState(false);
  const [hovered, setHovered] = useState(-1);
  const ground = groundFor(map);
  const scene = useMemo(() => sceneOf(ground, state, colouring), [ground, state, colouring]);
  const byName = useMemo(() => {
    const row = /^\d+$/.test(words[0] ?? '') ? Number(words[0]) : -1;
    return row >= 0 && row < map.components.kind.length ? row : -1;
  }, [words.join('/'), map]);
  const select = (component: number): void => (component < 0 ? goToView('map') : goToView('map', component));
  const [turn, setTurn] = useState(0);
  const decision = useResource<DecisionView>(words[0] === 'decision' && words[1] !== undefined ? paths.decision(Number(words[1])) : null);
  const named = useMemo(() => (decision.data === null ? [] : decision.data.impact.components.map((name) => ground.floor.rowOf(name))), [decision.data, ground]);
  return (
    <div className="map-page">
      <h1 className="unseen">Map of the cluster</h1>
      <div className="map-tools">
        <span className="dim small roomy">Colour by</span>
        <ColouringChoice colouring={colouring} onChange={setColouring} />
        <Legend colouring={colouring} />
        <label className="check push"><input type="checkbox" checked={lines} onChange={(event) => setLines(event.currentTarget.checked)} />every link</label>
        <label className="check"><input type="checkbox" checked={asTable} onChange={(event) => setAsTable(event.currentTarget.checked)} />as a table</label>
      </div>
      <div className="map-stage">
        <MapCanvas scene={scene} theme={theme} lines={lines} selected={byName} named={named} describe={(component) => describe(scene,
          component)} onSelect={select} onHover={setHovered} goTo={{ component: turn > 0 || words[1] === 'near' ? byName : -1, turn }} />
        {decision.data !== null && <p className="map-story">Decision {decision.data.n}: {decision.data.rung}. Dashed frames hold
          the {count(decision.data.impact.components.length)} components it names. <a href={linkTo('decisions', decision.data.n)}>Back to it</a></p>}
        {!asTable && hovered >= 0 && <p className="map-hover" aria-hidden="true">{describe(scene, hovered)}</p>}
        {asTable && <PartsTable scene={scene} selected={byName} onSelect={select} />}
      </div>
      <aside className="map-side" aria-label="What is selected">
        <ComponentPanel map={map} state={state} component={byName} onGoTo={() => setTurn((before) => before + 1)} onSelect={select} />
      </aside>
    </div>
  );
}
