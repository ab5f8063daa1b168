/** Line drawings of the ways through the application, drawn here so that nothing has to be fetched. */

import type { ReactNode } from 'react';

const drawings = {
  map: 'M2 3.5h12v9H2zM2 8h12M6 3.5v9M10.5 3.5V8', wavelengths: 'M1.5 11c1.6-8 3.2-8 4.4 0s2.8 8 4.3 0 3-8 4.3 0', circuits: 'M2 2h12v12H2zM2 6h12M2 10h12M6 2v12M10 2v12',
  jobs: 'M2 4h8M2 8h12M2 12h5', leases: 'M3 2h10v12H3zM5.5 5h5M5.5 8h5M5.5 11h3', decisions: 'M3 3v10M3 8h5l4-4M8 8l4 4', alarms: 'M8 2 15 14H1zM8 6.5v3.5M8 12v.2',
  repairs: 'M10.5 2.2a3.6 3.6 0 0 0-3.3 5L2.3 12a1.2 1.2 0 0 0 1.7 1.7l4.8-4.9a3.6 3.6 0 0 0 4.8-4.4l-2.2 2.2-1.9-.3-.3-1.9z',
  runbook: 'M8 4C6.5 2.8 4.5 2.5 2 2.5v10c2.5 0 4.5.3 6 1.5 1.5-1.2 3.5-1.5 6-1.5v-10c-2.5 0-4.5.3-6 1.5zM8 4v10',
  timeline: 'M8 2a6 6 0 1 1-5.6 4M2 2.5v4h4M8 5v3.3l2.2 1.6', whatif: 'M3 2v12M3 9c0-3 9-1 9-5M12 4V2M12 2l-2 2M12 2l2 2M3 12c0-2 9-1 9 2', inject: 'M9 1 4 9h4l-1 6 5-8H8z',
  dark: 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z', light: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.4 1.4M11.6 11.6 13 13M13 3l-1.4 1.4M4.4 11.6 3 13',
    copy: 'M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1', key: 'M10 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM7 9l-5 5M4 12l2 2',
} as const;
export type IconName = keyof typeof drawings;

export function Icon({ name }: { readonly name: IconName }): ReactNode {
  return <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true"><path d={drawings[name]} /></svg>;
}

export function Sun(): ReactNode {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <path d="M4 25 28 7" stroke="var(--accent)" strokeWidth="3.4" strokeLinecap="round" />
      <path d="M4 7 16 16 28 7" fill="none" stroke="var(--link)" strokeWidth="2.2" strokeLinecap="round" strokeLinejoin="round" opacity=".8" />
      <circle cx="16" cy="16" r="3.8" fill="var(--text)" />
    </svg>
  );
}
