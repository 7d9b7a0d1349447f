// The fault matrix: node tests/faults/run.mjs [--quick] [--seed N] [ROW ...]
// Each row in a process of its own, one after another.  POSKOD is the hub, POSKOD_TEST the one with
// failpoints and sanitizers, POSKOD_BEFORE the one of the commit before.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { randomInt } from 'node:crypto';
import { matrix } from './matrix.mjs';

const HERE = import.meta.dirname;
const args = process.argv.slice(2);
const quick = args.includes('--quick');
const seedAt = args.indexOf('--seed');
const seed = seedAt < 0 ? randomInt(2 ** 31) : Number(args[seedAt + 1]);
const wanted = args.filter((a, i) => !a.startsWith('--') && (seedAt < 0 || i !== seedAt + 1));
const unknown = wanted.filter((n) => !matrix.some((r) => String(r.n) === n));
if (unknown.length) {
  console.error(`there is no row ${unknown}; the rows: ${matrix.map((r) => r.n).join(' ')}`);
  process.exit(2);
}
const rows = matrix.filter((r) =>
  wanted.length ? wanted.includes(String(r.n)) : !quick || r.quick,
);

// A row that breaks the network does so in a namespace of its own, where there is a loopback only.
const NAMESPACE = ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'row'];
const hasNamespaces = spawnSync('unshare', ['-n', 'true']).status === 0;

function play(row) {
  if (row.netns && !hasNamespaces) {
    console.log('       skipped: this machine makes no network namespaces (unshare -n)');
    return 77;
  }
  return new Promise((done) => {
    const words = [join(HERE, 'row.mjs'), String(row.n), String(seed), quick ? 'quick' : 'full'];
    const [program, ...args] = row.netns ? [...NAMESPACE, process.execPath, ...words] : [process.execPath, ...words];
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const limit = setTimeout(() => {
      console.log(`       it did not end in ${3 * row.seconds + 120} s`);
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 10_000);
    }, (3 * row.seconds + 120) * 1000);
    child.once('exit', (code) => {
      clearTimeout(limit);
      done(code ?? 1);
    });
  });
}

const names = ['POSKOD', 'POSKOD_TEST', 'POSKOD_BEFORE', 'POSKO_TEST_PORTS'];
const env = names.filter((n) => process.env[n]).map((n) => `${n}=${process.env[n]}`);
const tally = { passed: 0, failed: 0, skipped: 0 };
const begin = performance.now();
console.log(`seed ${seed}, ${rows.length} rows${quick ? ' of the quick subset' : ''}`);
for (const row of rows) {
  console.log(`---- ${row.n} ${row.name}: ${row.fault}`);
  const from = performance.now();
  const code = await play(row);
  const seconds = ((performance.now() - from) / 1000).toFixed(0);
  const end = code === 0 ? 'passed' : code === 77 ? 'skipped' : 'failed';
  tally[end]++;
  console.log(`${{ passed: 'ok  ', skipped: 'SKIP', failed: 'FAIL' }[end]} ${row.n} ${row.name} (${seconds} s)`);
  if (end === 'failed') {
    const words = [...env, 'node tests/faults/run.mjs', ...(quick ? ['--quick'] : [])];
    console.log(`     again: ${[...words, '--seed', seed, row.n].join(' ')}`);
  }
}
const all = ((performance.now() - begin) / 1000).toFixed(0);
const { passed, failed, skipped } = tally;
console.log(`faults: ${passed} passed, ${skipped} skipped (${all} s, seed ${seed}), ${failed} failed`);
process.exit(failed ? 1 : 0);
