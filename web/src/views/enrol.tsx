import { useState } from 'preact/hooks';
import { EnrolError, enrol, readInvitation, type Invitation } from '../enrol';
import { db, identity, trouble } from '../hub';
import { t } from '../i18n';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { Languages } from '../parts/languages';

export const invitationInAddress = (): Invitation | null => (location.hash.includes('enrol=') ? readInvitation(location.hash) : null);

const url = (): string => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;

async function join(invitation: Invitation): Promise<void> {
  const who = await enrol(db, invitation, url(), location.host.toLowerCase());
  if (!invitation.hub && !confirm(t('enrol.compare', { hub: who.hub }))) {
    await db.drop('keep', 'identity');
    return;
  }
  history.replaceState(null, '', '/antrean'); // the secret leaves the address
  location.reload();
}

export function Enrol() {
  const [text, setText] = useState('');
  const [fault, setFault] = useState('');
  const [busy, setBusy] = useState(false);
  const held = invitationInAddress();
  const start = async (e: Event) => {
    e.preventDefault();
    const invitation = held ?? readInvitation(text);
    if (!invitation) return setFault(t('enrol.not_a_link'));
    setBusy(true);
    setFault('');
    try {
      await join(invitation);
    } catch (error) {
      const why = error instanceof EnrolError ? error.trouble : 'refused';
      setFault(t(`enrol.${why}`) + (error instanceof EnrolError && error.detail && why === 'refused' ? ` ${error.detail}` : ''));
    }
    setBusy(false);
  };
  return (
    <main id="main" class="alone stack" tabIndex={-1}>
      <h1><img src="/icon.svg" alt="" width="40" height="40" /> {t('app')}</h1>
      <p>{held ? t('enrol.ready') : t('enrol.need')}</p>
      {identity.value && (
        <p class="notice">
          {t('enrol.replace', { who: `${identity.value.agency}/${identity.value.member}` })} <a href="/antrean">{t('cancel')}</a>
        </p>
      )}
      <form class="stack" onSubmit={start} noValidate>
        {!held && (
          <Field label={t('enrol.link')} {...(fault && { fault })}>
            {(ids) => <input {...ids} value={text} autocomplete="off" autocapitalize="characters" spellcheck={false} onInput={(e) => setText(e.currentTarget.value)} />}
          </Field>
        )}
        {held && fault && <p class="fault" role="alert">{fault}</p>}
        <Button type="submit" look="primary" big disabled={busy}>{busy ? t('enrol.busy') : t('enrol.start')}</Button>
      </form>
      <p class="hint">{t('enrol.key')}</p>
      <Languages />
    </main>
  );
}

/** What this browser cannot do, in words that say what to do instead. */
export function Trouble() {
  return (
    <main id="main" class="alone stack" tabIndex={-1}>
      <h1>{t('app')}</h1>
      <p class="fault" role="alert">{trouble.value && t(`trouble.${trouble.value}`)}</p>
      <Languages />
    </main>
  );
}
