import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Ids { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }
interface Props { label: string; must?: string; hint?: string; fault?: string; children: (ids: Ids) => ComponentChildren }

/** One control with its label, its hint and what is wrong with it. */
export function Field({ label, must, hint, fault, children }: Props) {
  const id = useId();
  const about = [hint && `${id}h`, fault && `${id}f`].filter(Boolean).join(' ');
  return (
    <div class={fault ? 'field wrong' : 'field'}>
      <label for={id}>
        {label}
        {must && <span class="must"> {must}</span>}
      </label>
      {children({ id, ...(about && { 'aria-describedby': about }), ...(fault && { 'aria-invalid': true }) })}
      {hint && <p id={`${id}h`} class="hint">{hint}</p>}
      {fault && <p id={`${id}f`} class="fault">{fault}</p>}
    </div>
  );
}

interface GroupProps { label: string; must?: string; hint?: string; fault?: string; children: ComponentChildren }

export function Group({ label, must, hint, fault, children }: GroupProps) {
  const id = useId();
  return (
    <fieldset class={fault ? 'field wrong' : 'field'} {...(fault && { 'aria-describedby': id })}>
      <legend>
        {label}
        {must && <span class="must"> {must}</span>}
      </legend>
      {children}
      {hint && <p class="hint">{hint}</p>}
      {fault && <p id={id} class="fault">{fault}</p>}
    </fieldset>
  );
}
