// Durable signed reports per second through one hub, beside what this machine can verify; medians
// of alternating rounds in one run.  node tests/bench/bench.mjs [ROUNDS] [REPORTS]
// Real hub (release build), real PostgreSQL with fsync, one loopback client that presigned all.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { availableParallelism } from 'node:os';

const root = resolve(import.meta.dirname, '../..');
process.env.POSKOD ??= `${process.env.B ?? 'build'}/release/poskod`;
const { World, calm } = await import('../flow/lib/world.mjs');

const rounds = Number(process.argv[2] ?? 3);
const reports = Number(process.argv[3] ?? 10_000);
const window = 256;
const cores = availableParallelism();
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const verifies = () => Number(execFileSync(resolve(root, process.env.B ?? 'build', 'release/verify'), [String(cores), '1']));

/** Keeps `window` posts in flight until all are posted: reports per second. */
async function flood(session, strings) {
  const begin = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < strings.length) {
      const answer = await session.ask({ op: 'post', jws: strings[next++] }, 60_000);
      if (answer.op !== 'posted') throw new Error(JSON.stringify(answer));
    }
  };
  await Promise.all(Array.from({ length: window }, lane));
  return (1000 * strings.length) / (performance.now() - begin);
}

const world = await World.create({ env: { POSKO_RATE_KEY: '1000000', POSKO_THREADS: String(cores), POSKO_LOG_LEVEL: 'warn' } });
try {
  await world.policy(calm());
  const author = await world.who(world.host(), 'coordinator');
  const session = await author.connect();
  session.keep = false;
  const posted = [];
  const verified = [];
  for (let round = 0; round <= rounds; round++) {
    const strings = [];
    for (let i = 0; i < reports; i++) {
      const claims = { cat: 'physical.crowd', to: ['polres', 'pemkot'], title: `Laporan ${i}` };
      strings.push((await author.sign('incident.report', claims)).jws);
    }
    const verify = verifies();
    const post = await flood(session, strings);
    if (round === 0) continue; // the first one warms up
    verified.push(verify);
    posted.push(post);
    console.log(`round ${round}: ${post.toFixed(0)} posted/s, ${verify} verify/s on ${cores} cores`);
  }
  const [{ rows }] = await world.sql('SELECT count(*) AS rows FROM ledger');
  const ratio = median(posted.map((p, i) => p / verified[i]));
  console.log(`posted/s ${median(posted).toFixed(0)}, verify/s ${median(verified)}, ratio ${ratio.toFixed(3)} (${rows} records stored)`);
} finally {
  await world.stop();
}
process.exit(0);
