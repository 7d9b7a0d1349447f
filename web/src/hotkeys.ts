// Keys for those who sit at a desk: j k move, a acknowledges, e presses, n reports, / searches.
import { signal } from '@preact/signals';
import { go } from './route';
import { hotkeys } from './settings';

export const helpOpen = signal(false);

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-row]')];

function move(step: number): void {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

function press(action: string): void {
  const all = rows();
  const row = all.find((one) => one.contains(document.activeElement)) ?? (all.length === 1 ? all[0] : undefined);
  row?.querySelector<HTMLButtonElement>(`[data-act="${action}"]:not(:disabled)`)?.click();
}

/** The board may still be on its way. */
function focusSearch(tries: number): void {
  const box = document.querySelector<HTMLElement>('[data-search]');
  if (box) box.focus();
  else if (tries > 0) setTimeout(() => focusSearch(tries - 1), 100);
}

const KEYS: Record<string, () => void> = {
  j: () => move(1),
  k: () => move(-1),
  a: () => press('ack'),
  e: () => press('escalate'),
  n: () => go('/lapor'),
  '/': () => {
    if (!document.querySelector('[data-search]')) go('/papan');
    focusSearch(20);
  },
  '?': () => (helpOpen.value = true),
};
const PLACES: Record<string, string> = { q: '/antrean', p: '/papan', l: '/lapor', d: '/piket' };

export function startHotkeys(): void {
  let went = 0;
  addEventListener('keydown', (e) => {
    const at = e.target as HTMLElement;
    const types = at.matches?.('input:not([type=radio]):not([type=checkbox]), textarea, select');
    if (hotkeys.value === 'off' || types || e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]')) return;
    const place = PLACES[e.key];
    if (place && Date.now() - went < 1500) {
      went = 0;
      e.preventDefault();
      return go(place);
    }
    if (e.key === 'g') {
      went = Date.now();
      return;
    }
    const act = KEYS[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });
}
