import { store } from '../hub';
import { t } from '../i18n';
import { agencyName } from '../names';
import { Icon } from '../ui/icon';

export function Phones({ agency }: { agency: string }) {
  const phones = store.tables.agency.get(agency)?.phones ?? [];
  return (
    <>
      {phones.map((phone) => (
        <a key={phone} class="button quiet" href={`tel:${phone.replace(/[^+\d]/g, '')}`} aria-label={t('call', { who: agencyName(agency), phone })}>
          <Icon name="phone" /> {phone}
        </a>
      ))}
    </>
  );
}
