// What this person likes on this device. Lost settings hurt nobody: localStorage will do.
import { effect, signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';
export type Lang = 'id' | 'en';

function kept<T extends string>(key: string, words: readonly T[]): T | undefined {
  try {
    return words.find((word) => word === localStorage.getItem(`posko.${key}`));
  } catch {
    return undefined;
  }
}

export const theme = signal<Theme>(kept('theme', ['auto', 'light', 'dark']) ?? 'auto');
export const lang = signal<Lang>(kept('lang', ['id', 'en']) ?? (navigator.language.startsWith('en') ? 'en' : 'id'));
export const hotkeys = signal<'on' | 'off'>(kept('hotkeys', ['on', 'off']) ?? 'on');

export function startSettings(): void {
  const keep = (key: string, value: string) => {
    try {
      localStorage.setItem(`posko.${key}`, value);
    } catch {
      /* a private window: for this visit only */
    }
  };
  effect(() => {
    keep('theme', theme.value);
    if (theme.value === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme.value;
  });
  effect(() => keep('hotkeys', hotkeys.value));
  effect(() => {
    keep('lang', lang.value);
    document.documentElement.lang = lang.value;
  });
}
