/** Where the server keeps each resource, below `/api/v1/`. */

const name = encodeURIComponent;

export const paths = {
  cluster: 'cluster', map: 'map', mapState: 'map/state', stream: 'stream',
  component: (component: string) => `components/${name(component)}`,
  wavelengths: (link: number) => `links/${link}/wavelengths`,
  circuits: 'circuits',
  jobs: 'jobs', leases: 'leases', leaseSummary: 'leases-by-class',
  decisions: 'decisions', decision: (n: number) => `decisions/${n}`,
  alarms: 'alarms', events: 'events', history: (n: number) => `history?at=${n}`,
  faults: 'faults', maintenance: 'maintenance', whoAmI: 'whoami',
  forks: 'forks', fork: (id: string) => `forks/${name(id)}`,
} as const;
