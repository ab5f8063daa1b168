/** The log as a line that can be rewound: the map as it was after any entry, with the events around it. */

import { useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import type { ClusterMap, MapState } from '../../../src/app/contract/cluster.ts';
import type { EventView } from '../../../src/app/contract/work.ts';
import type { Live } from '../api/live.ts';
import { paths } from '../api/paths.ts';
import { useResource } from '../api/resource.ts';
import type { Page } from '../api/resource.ts';
import { groundFor } from '../map/ground-of.ts';
import type { Colouring } from '../map/inks.ts';
import { ColouringChoice, Legend } from '../map/legend.tsx';
import { MapCanvas } from '../map/map-canvas.tsx';
import { describe } from '../map/map-page.tsx';
import { sceneOf } from '../map/scene.ts';
import { clock, count } from '../shell/format.ts';
import { ProblemBox } from '../shell/problem-box.tsx';
import { useTheme } from '../theme/theme.ts';

/** Dragging asks for the past no more often than this. */
const settleMs = 180;

function Events({ at, onGo }: { readonly at: number | null; readonly onGo: (n: number) => void }): ReactNode {
  const { data } = useResource<Page<EventView>>(`${paths.events}?limit=60${at === null ? '' : `&before=${at + 1}`}`, at === null ? ['decision', 'alarm', 'lease'] : []);
  return (
    <ol className="plain-list log-list">
      {data?.items.map((event) => (
        <li key={event.n}><button type="button" className="linkish mono" onClick={() => onGo(event.n)}>{event.n}</button>
          <span className={`small ${event.level === 'alarm' ? 'bad-text' : event.level === 'warning' ? 'warn-text' : ''}`}>{event.text}</span></li>
      ))}
    </ol>
  );
}

export function TimelineView({ live, map, state }: { readonly live: Live; readonly map: ClusterMap; readonly state: MapState }): ReactNode {
  const theme = useTheme();
  const head = Math.max(state.version, live.cluster?.version ?? 0);
  const [at, setAt] = useState<number | null>(null);
  const [asked, setAsked] = useState<number | null>(null);
  const [colouring, setColouring] = useState<Colouring>('health');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(at), settleMs);
    return () => clearTimeout(timer);
  }, [at]);
  const past = useResource<MapState>(asked === null ? null : paths.history(asked));
  const shown = at === null ? state : past.data ?? state;
  const ground = groundFor(map);
  const scene = useMemo(() => sceneOf(ground, shown, colouring), [ground, shown, colouring]);
  const shownAt = at ?? head;
  return (
    <div className="map-page">
      <div className="map-tools timeline-tools">
        <h1>Timeline</h1>
        <div className="rewind">
          <label htmlFor="rewind" className="small">Entry of the log</label>
          <input id="rewind" type="range" min={0} max={head} step={1} value={Math.min(shownAt,
            head)} aria-valuetext={`entry ${shownAt}, ${clock(shown.nowNs)}`} onChange={(event) => setAt(Number(event.currentTarget.value))} />
          <output htmlFor="rewind" className="mono">{count(Math.min(shownAt, head))} of {count(head)} · {clock(shown.nowNs)}</output>
        </div>
        <div className="line">
          <button type="button" onClick={() => setAt(Math.max(0, shownAt - 1))}>Back one</button><button type="button" onClick={() => setAt(Math.min(head, shownAt + 1))}>On one</button>
          <button type="button" className={at === null ? '' : 'primary'} aria-pressed={at === null} onClick={() => setAt(null)}>Live</button>
          <ColouringChoice colouring={colouring} onChange={setColouring} />
        </div>
        <Legend colouring={colouring} />
      </div>
      <div className="map-stage" data-at={at === null ? 'live' : past.data === null ? 'asking' : String(past.data.version)}>
        <MapCanvas scene={scene} theme={theme} lines={false} selected={-1} named={[]} describe={(component) => describe(scene,
          component)} onSelect={() => undefined} onHover={() => undefined} goTo={{ component: -1, turn: 0 }} />
        {at !== null && <p className="map-hover">{past.data === null ? 'Reading the past…' : `As it was after entry ${count(past.data.version)}`}</p>}
      </div>
      <aside className="map-side" aria-label="Events up to here" tabIndex={0}>
        <h2>Events up to here</h2>
        <ProblemBox problem={past.problem} />
        <Events at={asked} onGo={setAt} />
      </aside>
    </div>
  );
}
