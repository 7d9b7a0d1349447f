// Several tabs, one connection: the tab that holds the lock speaks with the hub and passes on
// what it hears. When it goes, the next takes over from the same cursor.
import type { HubMessage } from './model';
import type { Status } from './socket';
import type { Snapshot } from './store';

export type TabMessage =
  | { t: 'hub'; m: HubMessage }
  | { t: 'status'; status: Status; token: string }
  | { t: 'ask' }
  | { t: 'snapshot'; snapshot: Snapshot; status: Status; token: string; offset: [number, number] }
  | { t: 'send'; m: object }
  | { t: 'outbox' }
  | { t: 'hurry' }
  | { t: 'left' };

export interface Tabs { tell(m: TabMessage): void; close(): void }

export function openTabs(on: (m: TabMessage) => void): Tabs {
  const channel = new BroadcastChannel('posko');
  channel.onmessage = (e: MessageEvent<TabMessage>) => on(e.data);
  return { tell: (m) => channel.postMessage(m), close: () => channel.close() };
}

/** Runs `lead` when this tab is the one, and holds on until the tab ends or another takes it. */
export function whenLeader(name: string, lead: () => void, lost: () => void = () => undefined, steal = false): void {
  let leads = false;
  navigator.locks
    .request(name, { steal }, () => {
      leads = true;
      lead();
      return new Promise<never>(() => undefined);
    })
    .catch(() => leads && lost());
}
