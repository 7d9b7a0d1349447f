// The fault matrix: node tests/faults/run.mjs [--quick] [--seed N] [ROW ...]
// Each row in a process of its own, one after another; beside one that mostly waits, those that are
// light.  POSKOD is the hub, POSKOD_TEST the one with failpoints and sanitizers, POSKOD_BEFORE the
// one of the commit before.
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

/** say: where its words go; with none it speaks for itself. */
function play(row, say) {
  const tell = say ?? console.log;
  if (row.netns && !hasNamespaces) {
    tell('       skipped: this machine makes no network namespaces (unshare -n)');
    return 77;
  }
  return new Promise((done) => {
    const words = [join(HERE, 'row.mjs'), String(row.n), String(seed), quick ? 'quick' : 'full'];
    const [program, ...args] = [...(row.netns ? NAMESPACE : []), process.execPath, ...words];
    const out = say ? 'pipe' : 'inherit';
    const child = spawn(program, args, { stdio: ['ignore', out, out] });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text) => say(String(text).trimEnd()));
    const limit = setTimeout(() => {
      tell(`       it did not end in ${3 * row.seconds + 120} s`);
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 10_000);
    }, (3 * row.seconds + 120) * 1000);
    child.once('close', (code) => {
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

/** Plays it, tells and counts how it ended; beside another all of its words come at the end. */
async function one(row, beside) {
  const words = [];
  const say = beside ? (text) => words.push(text) : console.log;
  say(`---- ${row.n} ${row.name}${beside ? ` (beside ${beside.n})` : ''}: ${row.fault}`);
  const from = performance.now();
  const code = await play(row, beside && say);
  const seconds = ((performance.now() - from) / 1000).toFixed(0);
  const end = code === 0 ? 'passed' : code === 77 ? 'skipped' : 'failed';
  tally[end]++;
  const sign = { passed: 'ok  ', skipped: 'SKIP', failed: 'FAIL' }[end];
  say(`${sign} ${row.n} ${row.name} (${seconds} s)`);
  if (end === 'failed') {
    const again = [...env, 'node tests/faults/run.mjs', ...(quick ? ['--quick'] : [])];
    say(`     again: ${[...again, '--seed', seed, row.n].join(' ')}`);
  }
  if (beside) console.log(words.join('\n'));
}

const rest = [...rows];
while (rest.length) {
  const first = rest.some((r) => r.waits) ? rest.findIndex((r) => !r.light) : 0;
  const [row] = rest.splice(first, 1);
  let over = false;
  const played = one(row).then(() => (over = true));
  for (let i; row.waits && !over && (i = rest.findIndex((r) => r.light)) >= 0; )
    await one(...rest.splice(i, 1), row);
  await played;
}
const all = ((performance.now() - begin) / 1000).toFixed(0);
const { passed, failed, skipped } = tally;
console.log(`faults: ${passed} passed, ${skipped} skipped (${all} s, seed ${seed}), ${failed} failed`);
process.exit(failed ? 1 : 0);
