// The benchmark: node tests/bench/bench.mjs [full|quick|big] [--repeats N] [--only P7,P8] [--write]
// Builds a private cluster and hubs, measures each limit and each peer in turn with the hub, and
// prints one table and a JSON line a goal.  A missed goal fails `quick` only: there the bounds are
// loose, and a hub that misses them has become slow.
import { cpus } from 'node:os';
import { Notes } from './goals.mjs';
import { CORES, Rig, startCluster } from './rig.mjs';
import { posting, quick } from './post.mjs';
import { fanning } from './fan.mjs';
import { burst, lateness, statements } from './clocks.mjs';
import { twoHubs } from './hubs.mjs';
import { COUNTED, counts } from './counts.mjs';
import { guards } from './guards.mjs';
import { judge, table, write } from './report.mjs';

const args = process.argv.slice(2);
const option = (name, otherwise) => (args.includes(name) ? args[args.indexOf(name) + 1] : otherwise);
const mode = args.find((a) => ['full', 'quick', 'big'].includes(a)) ?? 'full';
const repeats = Number(option('--repeats', 3));
const only = option('--only')?.split(',');
/** P7 is wanted when P7a is. */
const wants = (...names) => !only || names.some((n) => only.some((o) => o.match(/^\w\d+/)?.[0] === n));

const notes = new Notes();
notes.limits = {};
notes.wants = wants;
const began = performance.now();
const cluster = await startCluster();

/** Each part has hubs and a database of its own; one that fails is told, and the others go on. */
async function part(name, options, measure) {
  const from = performance.now();
  console.error(`${name} ...`);
  const rig = await Rig.open(cluster, options);
  let failed = false;
  try {
    await measure(rig);
  } catch (e) {
    failed = true;
    console.error(`${name} failed: ${e.stack}`);
  }
  await rig.close();
  console.error(`${name}: ${((performance.now() - from) / 1000).toFixed(0)} s`);
  return !failed;
}

let sound = true;
if (mode === 'quick') {
  sound = await part('quick', {}, (rig) => quick(rig, notes));
  sound &= await part('counts', COUNTED, (rig) => counts(rig, notes, 3));
} else if (mode === 'full') {
  if (wants('P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P17', 'P18'))
    sound &= await part('posting', {}, (rig) => posting(rig, notes, repeats));
  if (wants('P7', 'P8', 'P9', 'P10', 'P11'))
    sound &= await part('many connections', { subs: 1000, idle: 9500 }, (rig) => fanning(rig, notes, repeats));
  if (wants('P12', 'P13', 'P14'))
    sound &= await part('clocks', { subs: 4 }, async (rig) => {
      await statements(rig, notes);
      for (let i = 0; i < repeats; i++) {
        await lateness(rig, notes);
        await burst(rig, notes);
      }
    });
  if (wants('P15', 'P16'))
    sound &= await part('two hubs', { subs: 16 }, (rig) => twoHubs(rig, notes, repeats));
  if (wants('G1', 'G2')) sound &= await part('guards', {}, (rig) => guards(rig, notes));
} else {
  const { big } = await import('./big.mjs');
  sound = await big(part, notes, repeats);
}
await cluster.stop();

const rows = judge(notes);
const seconds = ((performance.now() - began) / 1000).toFixed(0);
const about = `${cpus()[0].model}, ${CORES} cores, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}; ${seconds} s; medians of alternating repeats.`;
for (const r of rows) console.log(JSON.stringify(r));
console.log(`\n${about}\n\n${table(rows)}`);
const missed = rows.filter((r) => !r.pass).map((r) => r.name);
console.log(`\n${rows.length - missed.length} of ${rows.length} goals met${missed.length ? `; missed: ${missed.join(' ')}` : ''}`);
if (args.includes('--write')) write(rows, about, mode);
process.exit(sound && (mode !== 'quick' || missed.length === 0) ? 0 : 1);
