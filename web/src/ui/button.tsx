import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';

type Props = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'class'> & {
  look?: 'primary' | 'plain' | 'quiet' | 'danger';
  big?: boolean;
  children?: ComponentChildren;
};

export function Button({ look = 'plain', big, children, type, ...rest }: Props) {
  return (
    <button type={type ?? 'button'} class={`button ${look}${big ? ' big' : ''}`} {...rest}>
      {children}
    </button>
  );
}
