import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Says once that its content stood in the visible part of a focused window, with no dialog over it. */
export function Seen({ onSeen, children }: { onSeen: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDivElement>(null);
  const told = useRef(onSeen);
  told.current = onSeen;
  useEffect(() => {
    let visible = false;
    const look = () => {
      if (visible && document.hasFocus() && !document.querySelector('dialog[open]')) told.current();
    };
    const observer = new IntersectionObserver(([entry]) => {
      visible = entry?.isIntersecting ?? false;
      look();
    }, { threshold: 0.5 });
    observer.observe(ref.current!);
    addEventListener('focus', look);
    return () => {
      observer.disconnect();
      removeEventListener('focus', look);
    };
  }, []);
  return <div ref={ref}>{children}</div>;
}
