/** The six traffic classes as data: what each is promised and how it is served unless an operator edits the table. */

export const trafficClassNames = ['allReduce', 'allToAll', 'inferenceFanout', 'parameterSync', 'checkpoint', 'background'] as const;
export type TrafficClassName = (typeof trafficClassNames)[number];

export type LatencyNeed = 'critical' | 'high' | 'medium' | 'low' | 'best effort';

/** How a class gets light by default. */
export type ServicePolicy =
  | 'reserved wavelengths, straggler-free'
  | 'tail-minimising, wavelength-aware paths'
  | 'SLO-aware routing, differentiated'
  | 'scheduled windows'
  | 'spare capacity, with a deadline'
  | 'preemptible, yields to all';

export interface TrafficClass {
  readonly name: TrafficClassName;
  readonly title: string;
  /** 1 is served first; the flow engine takes it as its priority. */
  readonly priority: number;
  readonly latency: LatencyNeed;
  readonly policy: ServicePolicy;
  /** Share of what it asked for that the class keeps under pressure, 0 to 1; capacity inside the floor is not preemptible. */
  readonly floorShare: number;
  readonly preemptible: boolean;
}

/** Default policy table. Floors are design choices, not measurements; a Policy spec may replace any row. */
export const trafficClasses: Readonly<Record<TrafficClassName, TrafficClass>> = {
  allReduce: { name: 'allReduce', title: 'training all-reduce', priority: 1, latency: 'critical', policy: 'reserved wavelengths, straggler-free', floorShare: 0.5, preemptible: false },
  allToAll: { name: 'allToAll', title: 'expert all-to-all', priority: 2, latency: 'critical', policy: 'tail-minimising, wavelength-aware paths', floorShare: 0.5, preemptible: false },
  inferenceFanout: { name: 'inferenceFanout', title: 'inference fan-out', priority: 3, latency: 'high', policy: 'SLO-aware routing, differentiated', floorShare: 0.4, preemptible: false },
  parameterSync: { name: 'parameterSync', title: 'parameter sync', priority: 4, latency: 'medium', policy: 'scheduled windows', floorShare: 0.2, preemptible: true },
  checkpoint: { name: 'checkpoint', title: 'checkpoint', priority: 5, latency: 'low', policy: 'spare capacity, with a deadline', floorShare: 0.05, preemptible: true },
  background: { name: 'background', title: 'background', priority: 6, latency: 'best effort', policy: 'preemptible, yields to all', floorShare: 0, preemptible: true },
};
