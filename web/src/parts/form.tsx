// A form over a kind of record: its fields come from the wire's own list of claims.
import { useId } from 'preact/hooks';
import type { Fault, Field as Claim, FieldType, Values } from '../claims';
import { t, word } from '../i18n';
import type { Ticket } from '../model';
import { ChooseMany, ChooseOne, Select } from '../ui/choice';
import { Field, Group } from '../ui/field';
import { agencyOptions, categoryOptions, myAgency, placeOptions, ticketOptions, wordOptions } from './options';
import { RulesField } from './rulesfield';

export interface Limits { without?: string; tickets?: readonly Ticket[]; locked?: readonly string[] }
interface Props { fields: readonly Claim[]; values: Values; faults: Record<string, Fault>; limits?: Limits; onChange: (name: string, value: unknown) => void }

const GROUPS = new Set<FieldType['as']>(['words', 'agencies', 'categories', 'minutes', 'bool', 'rules']);
const SHORT = 5; // more words than this are a list

const isGroup = (type: FieldType): boolean => GROUPS.has(type.as) || (type.as === 'word' && type.words.length <= SHORT);

const words = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);
const lines = (text: string): string[] => text.split('\n').map((line) => line.trim()).filter(Boolean);
const number = (text: string): number | undefined => (text.trim() === '' ? undefined : Number(text));

interface OneProps { type: FieldType; value: unknown; limits: Limits; set: (value: unknown) => void }

function Several({ type, value, limits, set }: OneProps) {
  const name = useId();
  switch (type.as) {
    case 'word':
      return <ChooseOne name={name} options={wordOptions(type.group, type.words)} value={String(value ?? '')} onPick={set} />;
    case 'words':
      return <ChooseMany options={wordOptions(type.group, type.words)} values={(value as string[]) ?? []} onPick={set} />;
    case 'agencies':
      return <ChooseMany options={agencyOptions(limits.without ?? myAgency())} values={(value as string[]) ?? []} onPick={set} />;
    case 'categories':
      return <ChooseMany options={categoryOptions()} values={(value as string[]) ?? []} onPick={set} />;
    case 'bool':
      return <ChooseOne name={name} options={wordOptions('bool', ['true', 'false'])} value={String(value ?? true)} onPick={(v) => set(v === 'true')} />;
    case 'rules':
      return <RulesField value={value} onChange={set} />;
    case 'minutes':
      return (
        <div class="minutes">
          <ChooseOne
            name={name} value={String(value ?? '')} onPick={(v) => set(number(v))}
            options={[{ value: '', label: t('minutes.none') }, ...type.presets.map((n) => ({ value: String(n), label: t('minutes.in', { n }) }))]}
          />
          <label class="inline">
            {t('minutes.own')}
            <input type="number" inputMode="numeric" min={1} max={type.max} value={String(value ?? '')} onInput={(e) => set(number(e.currentTarget.value))} />
          </label>
        </div>
      );
    default:
      return null;
  }
}

interface SingleProps extends OneProps { ids: object; locked: boolean }

function Single({ type, value, limits, ids, locked, set }: SingleProps) {
  const text = String(value ?? '');
  const input = (more: object) => <input {...ids} value={text} disabled={locked} onInput={(e) => set(e.currentTarget.value)} {...more} />;
  switch (type.as) {
    case 'area':
      return <textarea {...ids} rows={3} value={text} onInput={(e) => set(e.currentTarget.value)} />;
    case 'rows':
      return <textarea {...ids} class="code" rows={14} spellcheck={false} value={text} onInput={(e) => set(e.currentTarget.value)} />;
    case 'lines':
      return <textarea {...ids} rows={2} value={((value as string[]) ?? []).join('\n')} onChange={(e) => set(lines(e.currentTarget.value))} />;
    case 'ids':
      return <input {...ids} value={((value as string[]) ?? []).join(' ')} onChange={(e) => set(words(e.currentTarget.value))} />;
    case 'hours':
    case 'int':
    case 'degrees':
      return input({ type: 'number', step: 'any', onInput: (e: InputEvent) => set(number((e.currentTarget as HTMLInputElement).value)) });
    case 'word':
      return <Select ids={ids} options={wordOptions(type.group, type.words)} value={text} empty={t('choose')} onPick={set} />;
    case 'agency':
      return <Select ids={{ ...ids, disabled: locked }} options={agencyOptions(limits.without)} value={text} empty={t('choose')} onPick={set} />;
    case 'category':
      return <Select ids={ids} options={categoryOptions()} value={text} empty={t('choose')} onPick={set} />;
    case 'place':
      return <Select ids={ids} options={placeOptions()} value={text} empty={t('choose')} onPick={set} />;
    case 'ticket':
      return <Select ids={ids} options={ticketOptions(limits.tickets ?? [])} value={text} empty={t('choose')} onPick={set} />;
    case 'fixed':
      return <input {...ids} value={text} readOnly class="code" />;
    default:
      return input({ autocomplete: 'off' });
  }
}

export function Form({ fields, values, faults, limits = {}, onChange }: Props) {
  return (
    <>
      {fields.map(({ name, type, must }) => {
        const shared = {
          label: word('claim', name),
          ...(must && { must: t('must') }),
          ...(faults[name] && { fault: t(`fault.${faults[name]}`) }),
          ...(type.as === 'rows' && { hint: t('hint.rows') }),
        };
        const one = { type, value: values[name], limits, set: (value: unknown) => onChange(name, value) };
        return isGroup(type)
          ? <Group key={name} {...shared}><Several {...one} /></Group>
          : <Field key={name} {...shared}>{(ids) => <Single {...one} ids={ids} locked={limits.locked?.includes(name) ?? false} />}</Field>;
      })}
    </>
  );
}
