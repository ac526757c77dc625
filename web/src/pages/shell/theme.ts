import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';
const storageKey = 'throughline.theme';
const system = () => matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function chosen(): Theme | null {
  try {
    const choice = localStorage.getItem(storageKey);
    return choice === 'light' || choice === 'dark' ? choice : null;
  } catch {
    return null;
  }
}

const current = (): Theme => chosen() ?? (system().matches ? 'dark' : 'light');

function apply(): void {
  document.documentElement.className = current() === 'dark' ? 'cds--g100' : 'cds--white';
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) system().addEventListener('change', apply);
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) system().removeEventListener('change', apply);
  };
}

/** Chooses a theme; choosing what the system has means following the system from then on. */
export function chooseTheme(theme: Theme): void {
  try {
    if (theme === (system().matches ? 'dark' : 'light')) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, theme);
  } catch {
    // Without storage there is nothing to keep the choice in: the system's theme stays.
  }
  apply();
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, current);
