// The address is the state of the screen: a link to it, and back, work as everywhere on the web.
import { signal } from '@preact/signals';

export interface Route { view: string; id: string; query: URLSearchParams }

function parse(): Route {
  const [, view = '', id = ''] = location.pathname.split('/');
  return { view: view || 'antrean', id: decodeURIComponent(id), query: new URLSearchParams(location.search) };
}

export const route = signal<Route>({ view: 'antrean', id: '', query: new URLSearchParams() });

const read = (): void => void (route.value = parse());

export function startRouting(): void {
  read();
  addEventListener('popstate', read);
  addEventListener('click', (e) => {
    const link = (e.target as Element | null)?.closest?.('a[href^="/"]');
    if (!link || e.ctrlKey || e.metaKey || e.shiftKey || e.button !== 0) return;
    e.preventDefault();
    go(link.getAttribute('href')!);
  });
}

export function go(to: string): void {
  if (to !== location.pathname + location.search) history.pushState(null, '', to);
  read();
  document.getElementById('main')?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Filters live in the address, and no step back for each letter typed. */
export function setQuery(change: Record<string, string>): void {
  const query = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(change)) value ? query.set(key, value) : query.delete(key);
  const text = query.toString();
  history.replaceState(null, '', location.pathname + (text ? `?${text}` : ''));
  read();
}
