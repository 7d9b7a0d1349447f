// The goals, in the order of the table: what is measured, and what is good enough.  A goal's figure
// is the median of the repeats; each repeat is a ratio of two things measured one after the other.
// Q1 to Q4 are for `quick` alone: in Q1 and Q2 both halves suffer alike from other work on the machine,
// Q3 and Q4 count what does not depend on it, and take the lowest (tests/bench/bite shows what they find).
export const GOALS = [
  ['Q1', 'loop CPU a record / raw lws a message', '≤', 5],
  ['Q2', 'database CPU a record / one row through unnest', '≤', 6],
  ['Q3', 'a lone record: instructions of the loop / of its check', '≤', 0.28],
  ['Q4', 'a lone record: bytes in the write-ahead log', '≤', 3600],
  ['P1', 'CPU of hub and database a record / one verify', '≤', 1.2],
  ['P2', 'acknowledged/s / min(verify/s, unnest rows/s)', '≥', 0.8],
  ['P3a', 'acknowledged/s / Node natural', '≥', 5],
  ['P3b', 'acknowledged/s / Node batched', '≥', 2.4],
  ['P3c', 'acknowledged/s / RabbitMQ quorum queue (no signatures)', '≥', 1.4],
  ['P4a', 'one client: ack p50 / serial commit p50', '≤', 2],
  ['P4b', 'one client: ack p99 / serial commit p99', '≤', 2],
  ['P5a', 'half of saturation: ack p50 in serial commits p50', '≤', 6],
  ['P5b', 'half of saturation: ack p99 in serial commits p50', '≤', 25],
  ['P6', "at Node natural's half load: ack p99 / its p99", '≤', 0.25],
  ['P7a', 'fan-out to 1,000 in batches: CPU a delivery / raw lws', '≤', 0.22],
  ['P7b', 'the same over TLS', '≤', 0.17],
  ['P8', 'fan-out of lone records: CPU a delivery / raw lws', '≤', 1.05],
  ['P9', 'deliveries a CPU second / nats-server', '≥', 3],
  ['P10a', 'idle memory a connection / raw lws', '≤', 1.2],
  ['P10b', 'the same over TLS', '≤', 1.08],
  ['P11', 'ack p50 with 9,500 idle connections / without', '≤', 1.2],
  ['P12', 'clock lateness p99, ≤ 100 due together, in serial commits p50', '≤', 20],
  ['P13', '10,000 clocks due at once: µs each', '≤', 60],
  ['P14', 'statements/s of an idle hub', '≤', 1.1],
  ['P15a', "commit on A to frame out of B beyond A's ack: p50, ms", '≤', 1],
  ['P15b', 'the same, p99, ms', '≤', 10],
  ['P16', 'two hubs / one hub, acknowledged a CPU second', '≥', 0.85],
  ['P17a', 'offered twice saturation: acknowledged/s / peak', '≥', 0.95],
  ['P17b', 'the same: memory / at peak', '≤', 1.1],
  ['P17c', 'refused for load without `busy` and `retry_ms`', '≤', 0],
  ['P18a', 'CPU to refuse a forged record / one verify', '≤', 1.15],
  ['P18b', 'good records/s under half forged / without', '≥', 0.5],
  ['G1', 'acknowledged, then not in the ledger: hub killed at saturation', '≤', 0],
  ['G2', 'the same: PostgreSQL killed, twice', '≤', 0],
  ['P19a', 'start with 1 M open tickets and 5 M rows until ready, s', '≤', 10],
  ['P19b', 'memory an open ticket, B', '≤', 1000],
  ['P20', 'acknowledged/s with 10 M ledger rows / with an empty one', '≥', 0.95],
  ['P21a', '5,000 browsers reconnect after a restart: all live, s', '≤', 10],
  ['P21b', 'meanwhile: ack p99 / idle', '≤', 10],
].map(([name, what, way, goal]) => ({ name, what, way, goal }));

/** Collects figures: note('P1', value, {reference ...}) once a repeat. */
export class Notes {
  figures = new Map();
  note(name, figure, details = {}) {
    if (!Number.isFinite(figure)) return;
    if (!this.figures.has(name)) this.figures.set(name, []);
    this.figures.get(name).push({ figure, ...details });
    console.error(`  ${name} ${figure.toPrecision(4)} ${JSON.stringify(details)}`);
  }
}
