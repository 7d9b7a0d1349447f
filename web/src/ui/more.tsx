import type { ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from './button';

/** The first rows of a long list, and a button for the next: the screen stays quick. */
export function useMore<T>(all: readonly T[], page: number): { rows: readonly T[]; more: (label: string) => ComponentChild } {
  const [limit, setLimit] = useState(page);
  const rest = all.length - limit;
  return {
    rows: rest > 0 ? all.slice(0, limit) : all,
    more: (label) => rest > 0 && <Button onClick={() => setLimit(limit + page * 4)}>{label} ({rest})</Button>,
  };
}
