import { t } from '../i18n';
import { lang } from '../settings';
import { Button } from '../ui/button';

/** One press, and always in the language that one would change to. */
export function Languages() {
  const other = lang.value === 'id' ? 'en' : 'id';
  return <Button look="quiet" lang={other} onClick={() => (lang.value = other)}>{t('lang.other')}</Button>;
}
