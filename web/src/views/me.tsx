import { act, identity, leave, me, myName, store } from '../hub';
import { t, word } from '../i18n';
import { agencyName } from '../names';
import { Devices } from '../parts/devices';
import { wordOptions } from '../parts/options';
import { hotkeys, lang, theme, type Lang, type Theme } from '../settings';
import { soundOn, play } from '../sound';
import { startAlarm } from '../alarming';
import { Button } from '../ui/button';
import { ChooseOne } from '../ui/choice';
import { Group } from '../ui/field';

export function Me() {
  const who = me.value;
  const device = identity.value;
  if (!who || !device) return null;
  const devices = store.tables.device.list().filter((d) => d.agency === who.agency && d.member === who.member);
  return (
    <>
      <h1>{t('nav.saya')}</h1>
      <section class="card stack" aria-labelledby="who">
        <h2 id="who">{myName.value?.name ?? who.member}</h2>
        <p>{agencyName(who.agency)} · {who.roles.map((role) => word('role', role)).join(', ')}</p>
      </section>
      <section class="card stack" aria-labelledby="settings">
        <h2 id="settings">{t('settings')}</h2>
        <div class="actions">
          <Button look={soundOn.value ? 'plain' : 'primary'} onClick={() => (soundOn.value ? play('test') : void startAlarm())}>{soundOn.value ? t('sound.test') : t('sound.on')}</Button>
        </div>
        <Group label={t('lang')}>
          <ChooseOne name="lang" value={lang.value} options={wordOptions('langs', ['id', 'en'])} onPick={(v) => (lang.value = v as Lang)} />
        </Group>
        <Group label={t('theme')}>
          <ChooseOne name="theme" value={theme.value} options={wordOptions('themes', ['auto', 'light', 'dark'])} onPick={(v) => (theme.value = v as Theme)} />
        </Group>
        <Group label={t('hotkeys')} hint={t('hotkeys.list')}>
          <ChooseOne name="hotkeys" value={hotkeys.value} options={wordOptions('on_off', ['on', 'off'])} onPick={(v) => (hotkeys.value = v as 'on')} />
        </Group>
      </section>
      <section class="card stack" aria-labelledby="devices">
        <h2 id="devices">{t('devices.mine')}</h2>
        <Devices devices={devices} onRevoke={(kid, reason) => void act('device.revoke', { kid, reason })} />
        <p class="hint">{t('devices.pinned', { hub: device.hub, aud: device.aud })}</p>
        <div class="actions">
          <Button look="danger" onClick={() => confirm(t('stop.leave_sure')) && void leave()}>{t('stop.leave')}</Button>
        </div>
      </section>
    </>
  );
}
