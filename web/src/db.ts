// IndexedDB as promises. One database, two stores: `keep` (identity, keys, settings) and `outbox`.
export type StoreName = 'keep' | 'outbox';

export interface Db {
  get<T>(store: StoreName, key: string): Promise<T | undefined>;
  all<T>(store: StoreName): Promise<T[]>;
  put(store: StoreName, key: string, value: unknown): Promise<void>;
  drop(store: StoreName, key: string): Promise<void>;
  close(): void;
}

const result = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error ?? new Error('indexeddb'));
  });

/** Resolves when the transaction is on disk, not when the request is done. */
const durable = (tx: IDBTransaction): Promise<void> =>
  new Promise((done, fail) => {
    tx.oncomplete = () => done();
    tx.onerror = tx.onabort = () => fail(tx.error ?? new Error('indexeddb'));
  });

export async function openDb(name = 'posko'): Promise<Db> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('keep');
    request.result.createObjectStore('outbox');
  };
  const db = await result(request);
  db.onversionchange = () => db.close();
  const write = async (store: StoreName, act: (at: IDBObjectStore) => void): Promise<void> => {
    const tx = db.transaction(store, 'readwrite', { durability: 'strict' });
    act(tx.objectStore(store));
    await durable(tx);
  };
  return {
    get: <T>(store: StoreName, key: string) => result(db.transaction(store).objectStore(store).get(key) as IDBRequest<T | undefined>),
    all: <T>(store: StoreName) => result(db.transaction(store).objectStore(store).getAll() as IDBRequest<T[]>),
    put: (store, key, value) => write(store, (at) => at.put(value, key)),
    drop: (store, key) => write(store, (at) => at.delete(key)),
    close: () => db.close(),
  };
}
