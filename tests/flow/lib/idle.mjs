// Many sockets that follow and have nothing to do, held by lib/crowd.mjs in processes of their own.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { exportPkcs8 } from './jose.mjs';
import { spread, until } from './wait.mjs';

/** Devices of one agency that has nothing to do with the tickets: a key for every four sockets. */
export async function idlers(world, n) {
  const admin = await world.who('bpbd', 'admin');
  const { member } = world.demo.members.find(
    (m) => m.agency === 'bpbd' && m.roles.includes('duty'),
  );
  return spread(Math.ceil(n / 4), 16, () => world.device('bpbd', member, { admin }));
}

/** The sockets live in a process of their own: this one measures. */
export async function holdOpen(world, people, n, hub = world.hub) {
  const after = await world.head();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'crowd.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const keys = await Promise.all(people.map(async (p) => ({ pkcs8: await exportPkcs8(p.key) })));
  child.stdin.write(JSON.stringify({ n, after, host: hub.host, ws: hub.ws, keys }) + '\n');
  let told = '';
  child.stdout.on('data', (d) => (told += d));
  await until('all sockets follow', () => /^ready$/m.test(told), 300_000, 100);
  const lost = async () => {
    told = '';
    child.stdin.write('count\n');
    return Number((await until('a count', () => told.match(/^lost (\d+)$/m), 10_000))[1]);
  };
  return { lost, stop: () => child.kill('SIGKILL') };
}
