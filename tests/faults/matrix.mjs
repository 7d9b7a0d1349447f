// The fault matrix: what is broken, how long a row takes, and the bound of its way back in ms.
// After each row the checker of tests/flow/lib reads the whole ledger and what each client was told:
// L0 D0 O0 E0 S0 V0 (docs/promises.md).  quick: in `make check` too, with less of it.
import * as connections from './rows/connections.mjs';
import * as crowd from './rows/crowd.mjs';
import * as database from './rows/database.mjs';
import * as disks from './rows/disks.mjs';
import * as failover from './rows/failover.mjs';
import * as forgery from './rows/forgery.mjs';
import * as hub from './rows/hub.mjs';
import * as network from './rows/network.mjs';
import * as stories from './rows/stories.mjs';
import * as upgrade from './rows/upgrade.mjs';

export const matrix = [
  {
    n: 1,
    name: 'hub killed',
    fault: 'kill -9 of a hub, 20 times at any moment, and of the only hub',
    seconds: 100,
    bound: 2000,
    quick: true,
    run: hub.killHubs,
  },
  {
    n: 2,
    name: 'database killed',
    fault: 'kill -9 of the postmaster 10 times, of a session in COMMIT, and its end there',
    seconds: 80,
    bound: 10_000,
    quick: true,
    run: database.killDatabase,
  },
  {
    n: 3,
    name: 'failpoints',
    fault: 'the hub dies before, in and after BEGIN, COMMIT, the acknowledgement, the telling',
    seconds: 90,
    bound: 6000,
    quick: true,
    run: hub.passFailpoints,
  },
  {
    n: 4,
    name: 'database disk full',
    fault: 'no room for data, then none for the WAL, then room again',
    seconds: 70,
    bound: 15_000,
    run: disks.fillDatabase,
  },
  {
    n: 5,
    name: 'log full',
    fault: 'standard error is a file on a full disk, a full pipe, a pipe without a reader',
    seconds: 25,
    bound: 3000,
    run: disks.fillLog,
  },
  {
    n: 6,
    name: 'network cut',
    fault: 'cuts of one direction and both, between clients, hubs and database; half-open lines',
    seconds: 130,
    bound: 15_000,
    netns: true,
    run: network.cut,
  },
  {
    n: 7,
    name: 'network loss',
    fault: 'a fifth of the segments between clients and hubs is lost',
    seconds: 50,
    bound: 5000,
    netns: true,
    run: network.lose,
  },
  {
    n: 8,
    name: 'clock moved',
    fault: "the database's clock jumps by hours and a day, ahead and back",
    seconds: 75,
    bound: 12_000,
    quick: true,
    run: database.moveClock,
  },
  {
    n: 9,
    name: 'slow readers',
    fault: '200 followers read a byte a second while large records are told',
    seconds: 60,
    bound: 200,
    run: crowd.slowReaders,
  },
  {
    n: 10,
    name: 'forgery',
    fault: 'replayed, reworded, of a revoked or strange key, of another agency, time or ledger',
    seconds: 30,
    bound: 2000,
    quick: true,
    run: forgery.forge,
  },
  {
    n: 11,
    name: 'malformed input',
    fault: 'broken frames, handshakes, messages and requests, at the build with sanitizers',
    seconds: 120,
    run: stories.malformed,
  },
  {
    n: 12,
    name: 'ten thousand connections',
    fault: '10,000 follow, 10,000 strangers never log in, 20,000 come and go; 120 MB at most',
    seconds: 110,
    bound: 500,
    run: connections.crowd,
  },
  {
    n: 13,
    name: 'slow clients',
    fault: '900 at once whose headers and bodies come a byte a second, or not at all',
    seconds: 40,
    bound: 500,
    run: connections.slowClients,
  },
  {
    n: 14,
    name: 'alert storm',
    fault: '50 sources raise 1,000 alerts a second for 30 s',
    seconds: 60,
    bound: 10_000,
    run: crowd.storm,
  },
  {
    n: 15,
    name: 'fail-over',
    fault: 'kill -9 of the leader and its Patroni 5 times, a switchover, a standby that was behind',
    seconds: 200,
    bound: 15_000,
    run: failover.failOver,
  },
  {
    n: 16,
    name: 'standby lost',
    fault: 'the synchronous standby dies in mid-commit, the wait is broken, the author repeats',
    seconds: 30,
    bound: 10_000,
    quick: true,
    run: database.loseStandby,
  },
  {
    n: 17,
    name: 'rolling upgrade',
    fault: 'two hubs from the version before to this one, and back, one after the other',
    seconds: 45,
    bound: 3000,
    run: upgrade.upgrade,
  },
  {
    n: 18,
    name: 'hub stopped',
    fault: 'SIGSTOP of one of two hubs for 30 s, then SIGCONT',
    seconds: 60,
    bound: 5000,
    quick: true,
    run: hub.stopHub,
  },
  {
    n: 19,
    name: 'tampering',
    fault: 'bytes, rows and heads of the ledger are changed; posko verify names the place',
    seconds: 60,
    run: stories.tamper,
  },
  {
    n: 20,
    name: 'backup and restore',
    fault: 'the machine is lost; a base backup and the WAL bring back an earlier point',
    seconds: 60,
    run: stories.restore,
  },
];
