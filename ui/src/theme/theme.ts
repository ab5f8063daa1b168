/** Dark or light: what the system asks for until the operator chooses, and then what they chose in this browser. */

import { useSyncExternalStore } from 'react';
import type { ThemeName } from '../map/inks.ts';

const key = 'heliostat-theme';
const listeners = new Set<() => void>();
const system = globalThis.matchMedia('(prefers-color-scheme: light)');

const chosen = (): ThemeName | null => {
  const stored = localStorage.getItem(key);
  return stored === 'dark' || stored === 'light' ? stored : null;
};

const currentTheme = (): ThemeName => chosen() ?? (system.matches ? 'light' : 'dark');

function apply(): void {
  document.documentElement.dataset['theme'] = currentTheme();
  for (const listener of listeners) listener();
}

export function startTheme(): void {
  system.addEventListener('change', apply);
  apply();
}

export function toggleTheme(): void {
  localStorage.setItem(key, currentTheme() === 'dark' ? 'light' : 'dark');
  apply();
}

const watch = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useTheme = (): ThemeName => useSyncExternalStore(watch, currentTheme);
