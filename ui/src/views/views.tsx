/** The views and the way each is reached. */

import type { ReactNode } from 'react';
import type { ClusterMap, MapState } from '../../../src/app/contract/cluster.ts';
import type { Live } from '../api/live.ts';
import { MapPage } from '../map/map-page.tsx';
import { AlarmsView } from './alarms.tsx';
import { CircuitsView } from './circuits.tsx';
import { DecisionsView } from './decisions.tsx';
import { InjectView } from './inject.tsx';
import { JobsView } from './jobs.tsx';
import { LeasesView } from './leases.tsx';
import { RepairsView } from './repairs.tsx';
import { RunbookView } from './runbook.tsx';
import { TimelineView } from './timeline.tsx';
import { WavelengthsView } from './wavelengths.tsx';
import { WhatIfView } from './what-if.tsx';

export interface ViewProps {
  readonly live: Live;
  readonly map: ClusterMap;
  readonly state: MapState;
  /** Words of the address after the view's name. */
  readonly words: readonly string[];
}

interface ViewEntry { readonly name: string; readonly title: string; readonly wide?: boolean; readonly apart?: boolean; readonly show: (props: ViewProps) => ReactNode }

export const views: readonly ViewEntry[] = [
  { name: 'map', title: 'Map', wide: true, show: (props) => <MapPage {...props} /> },
  { name: 'wavelengths', title: 'Wavelengths', show: (props) => <WavelengthsView {...props} /> },
  { name: 'circuits', title: 'Circuits', show: (props) => <CircuitsView {...props} /> },
  { name: 'jobs', title: 'Jobs', apart: true, show: ({ live, words }) => <JobsView nowNs={live.told.nowNs} words={words} /> },
  { name: 'leases', title: 'Leases', show: (props) => <LeasesView {...props} /> },
  { name: 'alarms', title: 'Alarms', apart: true, show: () => <AlarmsView /> },
  { name: 'decisions', title: 'Decisions', show: (props) => <DecisionsView {...props} /> },
  { name: 'repairs', title: 'Repairs', show: (props) => <RepairsView {...props} /> },
  { name: 'timeline', title: 'Timeline', wide: true, show: (props) => <TimelineView {...props} /> },
  { name: 'runbook', title: 'Runbook', show: (props) => <RunbookView {...props} /> },
  { name: 'whatif', title: 'What if', apart: true, show: (props) => <WhatIfView {...props} /> },
  { name: 'inject', title: 'Inject a fault', show: (props) => <InjectView {...props} /> },
];
