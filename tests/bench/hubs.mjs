// Goals about two hubs of one ledger.
const SATURATED = { work: 'story', writers: 32, window: 16, warm: 1, seconds: 3, pool: 90_000 };
const FOLLOWED = { work: 'note', writers: 1, window: 1, warm: 1, seconds: 3, pool: 8000 };
const efficiency = (r) => r.acked / (r.hubCpu + r.databaseCpu);

async function drop(rig) {
  const hub = rig.world.hubs.pop();
  await hub.stop();
}

export async function twoHubs(rig, notes, repeats) {
  for (let i = 0; i < repeats; i++) {
    const one = await rig.load(SATURATED);
    const second = await rig.world.addHub();
    const two = await rig.load(SATURATED);
    notes.note('P16', efficiency(two) / efficiency(one), {
      two: efficiency(two),
      one: efficiency(one),
      acked: two.acked / two.seconds,
    });
    const far = await rig.load({
      ...FOLLOWED,
      port: rig.hub.port,
      subPort: second.port,
      subs: 4,
    });
    notes.note('P15a', far.lag_ms.p50, { ack: far.ack_ms.p50, deliveries: far.deliveries });
    notes.note('P15b', far.lag_ms.p99, { ack: far.ack_ms.p99 });
    await drop(rig);
  }
}
