// A keyed set of things that the hub told, each with the seq that made it so; the one with the
// greater seq is kept. Readers are woken at most once for a batch of changes.
import { signal } from '@preact/signals';

interface Held<T> { value: T; seq: number }

export class Table<T> {
  private readonly held = new Map<string, Held<T>>();
  private readonly rev = signal(0);
  private read: { rev: number; list: T[] } = { rev: -1, list: [] };

  constructor(private readonly id: (value: T) => string) {}

  /** True when it was news. */
  put(value: T, seq: number): boolean {
    const id = this.id(value);
    const old = this.held.get(id);
    if (old && old.seq > seq) return false;
    this.held.set(id, { value, seq });
    return true;
  }

  drop = (id: string): boolean => this.held.delete(id);
  clear = (): void => this.held.clear();

  /** Without waking or watching: for whoever folds. */
  peek = (id: string): T | undefined => this.held.get(id)?.value;
  get(id: string): T | undefined {
    void this.rev.value;
    return this.held.get(id)?.value;
  }

  list(): T[] {
    void this.rev.value;
    return this.peekList();
  }

  peekList(): T[] {
    const rev = this.rev.peek();
    if (this.read.rev !== rev) this.read = { rev, list: Array.from(this.held.values(), (held) => held.value) };
    return this.read.list;
  }

  get size(): number {
    return this.held.size;
  }

  wake = (): void => void (this.rev.value += 1);
  entries = (): [T, number][] => Array.from(this.held.values(), (held) => [held.value, held.seq]);
}
