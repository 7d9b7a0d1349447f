// A change of the directory: filled in, looked at once more, signed.
import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { claimsOf, faultsOf, fieldsOf, type Values } from '../claims';
import { hubClock } from '../clock';
import { act, outbox } from '../hub';
import { t } from '../i18n';
import type { Kind } from '../wire';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { factsOf } from './describe';
import { Form } from './form';
import { SendState } from './sendstate';

export const putting = signal<{ kind: Kind; values: Values; locked: string[] } | null>(null);
const close = (): void => void (putting.value = null);

type Stage = { at: 'form' } | { at: 'check'; claims: Record<string, unknown> } | { at: 'sent'; jti: string };

function Sent({ jti }: { jti: string }) {
  const item = outbox.items.value.find((one) => one.jti === jti);
  return (
    <div class="stack">
      {item && <p role="status"><SendState item={item} />{item.text && <span class="fault"> {item.text}</span>}</p>}
      <div class="actions end"><Button look="primary" big onClick={close}>{t('close')}</Button></div>
    </div>
  );
}

function Check({ kind, claims, onBack, onSign }: { kind: Kind; claims: Record<string, unknown>; onBack: () => void; onSign: () => void }) {
  return (
    <div class="stack">
      <p>{t('put.check')}</p>
      <dl class="facts wide">
        {factsOf(kind, claims).map((f) => <div key={f.name}><dt>{f.name}</dt><dd class="pre">{f.text}</dd></div>)}
      </dl>
      <div class="actions end">
        <Button onClick={onBack}>{t('back')}</Button>
        <Button look="primary" big onClick={onSign}>{t('sign')}</Button>
      </div>
    </div>
  );
}

function Put({ kind, values: start, locked }: { kind: Kind; values: Values; locked: string[] }) {
  const [values, setValues] = useState(start);
  const [stage, setStage] = useState<Stage>({ at: 'form' });
  const [asked, setAsked] = useState(false);
  const fields = fieldsOf(kind);
  const faults = faultsOf(fields, values);
  const next = (e: Event) => {
    e.preventDefault();
    setAsked(true);
    if (Object.keys(faults).length === 0) setStage({ at: 'check', claims: claimsOf(fields, values, hubClock.now()) });
  };
  if (stage.at === 'sent') return <Sent jti={stage.jti} />;
  if (stage.at === 'check')
    return (
      <Check kind={kind} claims={stage.claims} onBack={() => setStage({ at: 'form' })}
        onSign={() => void act(kind, stage.claims).then((item) => setStage({ at: 'sent', jti: item.jti }))} />
    );
  return (
    <form class="stack" onSubmit={next} noValidate>
      <Form fields={fields} values={values} faults={asked ? faults : {}} limits={{ without: '', locked }} onChange={(name, value) => setValues({ ...values, [name]: value })} />
      <div class="actions end">
        <Button onClick={close}>{t('cancel')}</Button>
        <Button type="submit" look="primary" big>{t('put.next')}</Button>
      </div>
    </form>
  );
}

export function PutDialog() {
  const now = putting.value;
  if (!now) return null;
  return (
    <Dialog title={t(`kind.${now.kind}`)} closeLabel={t('close')} onClose={close} wide>
      <Put {...now} />
    </Dialog>
  );
}
