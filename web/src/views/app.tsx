import { effect, signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { FunctionComponent } from 'preact';
import { openCount, ringing, startAlarm } from '../alarming';
import { gate, me, myName, status } from '../hub';
import { helpOpen } from '../hotkeys';
import { fetchEnglish, t, type Key } from '../i18n';
import { agencyName } from '../names';
import { isCoordinator, mayAnswer } from '../moves';
import { Languages } from '../parts/languages';
import { MoveDialog } from '../parts/movedialog';
import { Banners, StatusStrip } from '../parts/status';
import { route } from '../route';
import { play } from '../sound';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Icon, type IconName } from '../ui/icon';
import { Enrol, invitationInAddress, Trouble } from './enrol';
import { Incident } from './incident';
import { Queue } from './queue';

const NAV: readonly { view: string; icon: IconName }[] = [
  { view: 'antrean', icon: 'queue' }, { view: 'papan', icon: 'board' }, { view: 'lapor', icon: 'report' },
  { view: 'piket', icon: 'duty' }, { view: 'admin', icon: 'admin' }, { view: 'saya', icon: 'me' },
];

/** What is not the first screen comes when it is asked for. */
const LATER: Record<string, () => Promise<FunctionComponent>> = {
  papan: () => import('./board').then((m) => m.Board),
  lapor: () => import('./report').then((m) => m.Report),
  piket: () => import('./duty').then((m) => m.DutyView),
  admin: () => import('./admin').then((m) => m.Admin),
  kirim: () => import('./sends').then((m) => m.Sends),
  saya: () => import('./me').then((m) => m.Me),
};

const loaded = signal<ReadonlyMap<string, FunctionComponent>>(new Map());
const FETCH_AFTER_MS = 1000;

async function load(view: string): Promise<void> {
  const made = await LATER[view]!();
  loaded.value = new Map(loaded.value).set(view, made);
}

/** Once the line is good: the form to report with must be here when the line is not. */
export function startFetching(): void {
  effect(() => {
    if (status.value.phase !== 'live') return;
    const timer = setTimeout(() => {
      for (const view of Object.keys(LATER)) if (!loaded.peek().has(view)) void load(view).catch(() => undefined);
      void fetchEnglish().catch(() => undefined);
    }, FETCH_AFTER_MS);
    return () => clearTimeout(timer);
  });
}

function Later({ view }: { view: string }) {
  const [failed, setFailed] = useState(false);
  const View = loaded.value.get(view);
  const isLive = status.value.phase === 'live';
  const fetch = () => {
    setFailed(false);
    if (!loaded.peek().has(view)) void load(view).catch(() => setFailed(true));
  };
  useEffect(fetch, [view, isLive]);
  if (View) return <View />;
  if (!failed) return <p class="empty">{t('loading')}</p>;
  return (
    <div class="empty stack" role="alert">
      <p>{t('load_failed')}</p>
      <div class="actions"><Button onClick={() => (isLive ? location.reload() : fetch())}>{t('line.retry')}</Button></div>
    </div>
  );
}

function View() {
  const { view, id } = route.value;
  if (view === 'insiden') return <Incident id={id} />;
  return view in LATER ? <Later view={view} /> : <Queue />;
}

function Nav() {
  const who = me.value;
  const here = route.value.view;
  const isAdmin = who && (who.roles.includes('admin') || isCoordinator(who));
  return (
    <nav class="nav" aria-label={t('nav')}>
      {NAV.filter(({ view }) => view !== 'admin' || isAdmin).map(({ view, icon }) => (
        <a key={view} href={`/${view}`} aria-current={here === view ? 'page' : undefined}>
          <Icon name={icon} />
          <span>{t(`nav.${view}` as Key)}</span>
          {view === 'antrean' && openCount.value > 0 && <span class="count">{openCount.value}</span>}
        </a>
      ))}
    </nav>
  );
}

function Sound() {
  const who = me.value;
  if (!who || !mayAnswer(who)) return null;
  return (
    <button type="button" class={ringing.value ? 'sound on' : 'sound'} onClick={() => (ringing.value ? play('test') : void startAlarm())}>
      <Icon name={ringing.value ? 'sound' : 'mute'} />
      <span>{ringing.value ? t('sound.is_on') : t('sound.on')}</span>
    </button>
  );
}

function Top() {
  const who = me.value;
  return (
    <header class="top">
      <div class="top-bar">
        <a class="brand" href="/antrean" aria-label={t('app')}><img src="/icon.svg" alt="" width="28" height="28" /><span>{t('app')}</span></a>
        <p class="whoami">{myName.value?.name ?? who?.member}<span class="dim"> · {who && agencyName(who.agency)}</span></p>
        <Sound />
        <Languages />
      </div>
      <StatusStrip />
    </header>
  );
}

const HELP: readonly (readonly [string, Key])[] = [
  ['j k', 'help.move'], ['a', 'help.ack'], ['e', 'help.escalate'], ['n', 'help.new'], ['/', 'help.search'], ['g q p l d', 'help.go'], ['?', 'help.help'],
];

function Help() {
  if (!helpOpen.value) return null;
  return (
    <Dialog title={t('help')} closeLabel={t('close')} onClose={() => (helpOpen.value = false)}>
      <dl class="facts keys">
        {HELP.map(([keys, key]) => <div key={keys}><dt><kbd>{keys}</kbd></dt><dd>{t(key)}</dd></div>)}
      </dl>
    </Dialog>
  );
}

export function App() {
  void route.value; // an invitation comes and goes with the address
  if (gate.value === 'starting') return <main id="main" class="alone" tabIndex={-1}><p>{t('loading')}</p></main>;
  if (gate.value === 'trouble') return <Trouble />;
  if (gate.value === 'nobody' || invitationInAddress()) return <Enrol />;
  return (
    <>
      <a class="skip" href="#main">{t('skip')}</a>
      <Top />
      <div class="body">
        <Nav />
        <main id="main" tabIndex={-1} data-view={route.value.view}>
          <Banners />
          <View />
        </main>
      </div>
      <MoveDialog />
      <Help />
    </>
  );
}

export function startTitle(): void {
  effect(() => {
    const { view, id } = route.value;
    const name = view === 'insiden' ? `#${id}` : t((view in LATER ? `nav.${view}` : 'nav.antrean') as Key);
    document.title = `${openCount.value > 0 ? `(${openCount.value}) ` : ''}${name} – ${t('app')}`;
  });
}
