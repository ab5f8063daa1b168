/** A field for the name of a component, with the names of the cluster as one types. */

import { Autocomplete } from '@mantine/core';
import { useMemo } from 'react';
import type { ReactNode } from 'react';
import type { ClusterMap } from '../../../src/app/contract/cluster.ts';
import { groundFor } from '../map/ground-of.ts';

const offeredMax = 40;
/** Kinds worth naming first: what faults and drains are about. */
const firstKinds = ['coolantLoop', 'laserSource', 'engine', 'leaf', 'spine', 'ocs', 'rack', 'powerShelf', 'module', 'laser'];

interface NameProps { readonly map: ClusterMap; readonly id: string; readonly label: string; readonly value: string; readonly onChange: (name: string) => void }

export function ComponentName({ map, id, label, value, onChange }: NameProps): ReactNode {
  const names = useMemo(() => {
    const { floor } = groundFor(map);
    const wanted = value.trim().toLowerCase();
    // A name that is complete needs no list over the rest of the form.
    if (floor.rowOf(wanted) >= 0) return [];
    const found: string[] = [];
    for (const kind of [...firstKinds, ...map.kinds.filter((other) => !firstKinds.includes(other))]) {
      const index = map.kinds.indexOf(kind);
      for (let row = 0; row < map.components.kind.length && found.length < offeredMax; row++) {
        if (map.components.kind[row] !== index) continue;
        const name = floor.nameOf(row);
        if (name.includes(wanted)) found.push(name);
      }
      if (found.length >= offeredMax) break;
    }
    return found;
  }, [map, value]);
  return (
    <div className="whole">
      <label htmlFor={id}>{label}</label>
      <Autocomplete id={id} value={value} onChange={onChange} data={names} limit={offeredMax} maxDropdownHeight={260} comboboxProps={{ withinPortal: false,
        transitionProps: { duration: 0 } }} filter={({ options }) => options} placeholder="site0/coolantloop0" />
    </div>
  );
}
