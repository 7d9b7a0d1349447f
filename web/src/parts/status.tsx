// The truth about the line, always in sight: live, or since when not; what waits; how the hub is.
import { second } from '../clock';
import { adoptLedger, downSince, hurry, leave, outbox, reconnect, status, store } from '../hub';
import { clockText, t } from '../i18n';
import { OUTBOX_MAX } from '../outbox';
import { Button } from '../ui/button';

export const BANNER_MS = 2_000;
const NOT_YET = '–'; // the first mark comes in a moment, and must not push the screen down
export const RED_MS = 30_000;

export function downFor(): number {
  return downSince.value === null ? 0 : Math.max(0, second.value * 1000 - downSince.value);
}

export function StatusStrip() {
  const mark = store.mark.value;
  const live = status.value.phase === 'live';
  const items = outbox.items.value;
  const unsent = items.filter((i) => i.state === 'waiting' || i.state === 'sent').length;
  const held = items.filter((i) => i.state === 'refused').length;
  return (
    <p class="strip" data-phase={status.value.phase}>
      <span class={live ? 'dot live' : 'dot'} aria-hidden="true" />
      <span>{live ? t('line.live') : downSince.value !== null ? t('line.down', { at: clockText(downSince.value) }) : t('line.connecting')}</span>
      <span class="dim">{t('line.mark', { at: mark ? clockText(mark.at) : NOT_YET })}</span>
      <a class={unsent > 0 ? 'warn' : 'dim'} href="/kirim">{t('line.unsent', { n: unsent })}</a>
      {held > 0 && <a class="bad" href="/kirim">{t('line.held', { n: held })}</a>}
      <span class={mark && mark.overdue > 0 ? 'bad' : 'dim'}>{t('line.overdue', { n: mark?.overdue ?? NOT_YET })}</span>
      <span class={mark && mark.copies < 2 ? 'warn' : 'dim'}>{t('line.copies', { n: mark?.copies ?? NOT_YET })}</span>
      {mark?.clock === 'held' && <span class="bad">{t('line.clock_held')}</span>}
    </p>
  );
}

function Stopped() {
  const { why, detail } = status.value;
  if (why === 'replaced')
    return <div class="band bad" role="alert">{t('stop.replaced')} <Button onClick={reconnect}>{t('stop.here')}</Button></div>;
  if (why === 'other_ledger')
    return <div class="band bad" role="alert">{t('stop.other_ledger', { aud: detail ?? '' })} <Button onClick={() => void adoptLedger(detail ?? '')}>{t('stop.adopt')}</Button></div>;
  return (
    <div class="band bad" role="alert">
      {why === 'revoked' ? t('stop.revoked') : t('stop.refused', { why: detail ?? '' })}{' '}
      <Button onClick={() => confirm(t('stop.leave_sure')) && void leave()}>{t('stop.leave')}</Button>
    </div>
  );
}

export function Banners() {
  const down = downFor();
  const exercises = store.tables.ticket.list().some((ticket) => ticket.status === 'exercise' && ticket.state === 'open');
  const held = outbox.items.value.filter((i) => i.state === 'refused').length;
  return (
    <>
      {exercises && <p class="band exercise">{t('exercise.running')}</p>}
      {store.lost.value && <p class="band bad" role="alert">{t('stop.lost_tail')} <Button onClick={() => (store.lost.value = false)}>{t('understood')}</Button></p>}
      {status.value.phase === 'stopped' && status.value.why && <Stopped />}
      {status.value.phase !== 'stopped' && down >= BANNER_MS && (
        <p class={down >= RED_MS ? 'band bad' : 'band warn'} role={down >= RED_MS ? 'alert' : 'status'}>
          {t('line.banner', { at: clockText(downSince.value ?? 0) })} <Button look="plain" onClick={hurry}>{t('line.retry')}</Button>
        </p>
      )}
      {outbox.items.value.some((i) => i.unkept && i.state !== 'stored' && i.state !== 'refused') && <p class="band bad" role="alert">{t('store.unkept')}</p>}
      {outbox.full.value && <p class="band bad" role="alert">{t('store.full', { n: OUTBOX_MAX })}</p>}
      {held > 0 && <p class="band warn"><a href="/kirim">{t('send.needs_you', { n: held })}</a></p>}
    </>
  );
}
