/** What must hold, and where it is attacked: the first table of docs/reliability.md. */
export interface Invariant {
  /** I1 to I36, as docs/reliability.md has them. */
  number: string;
  holds: string;
  /** How often it is to be attacked: in CI, and before a release. What is counted may be less. */
  aim: readonly [inCi: string, released: string];
  /** Names of jobs that attack it. */
  jobs: readonly string[];
  /** Files of tests that do, each with what it counts in CI. */
  tests: readonly (readonly [path: string, counts: string])[];
}

export const invariants: readonly Invariant[] = [
  {
    number: 'I1',
    holds: 'Every acknowledged change is in the log exactly once, by its event id, for ever.',
    aim: ['50 kills, 20 restarts, 10,000 pushes cut in mid-commit', '200, 50, 100,000; 20 power cuts'],
    jobs: ['server-kills', 'cut-pushes', 'postgres-restarts', 'failover', 'disk-full', 'replicas'],
    tests: [
      ['test/http/sync-cut-pushes.test.ts', '1,000 pushes of 16 writers cut in the middle of a commit'],
      ['test/database/pglite/durable-node-fs.test.ts', 'power cuts of the embedded store, with what the system kept'],
      ['test/http/sync-replays.test.ts', '10,000 replays'],
    ],
  },
  {
    number: 'I2',
    holds: "A user's positions are 1 to n without a hole, and their order is that of the commits.",
    aim: ['100,000 rows by 16 writers', '2 million'],
    jobs: ['cut-pushes', 'postgres-restarts', 'interleavings', 'readers'],
    tests: [
      ['test/http/sync-cut-pushes.test.ts', '1,000 pushes of 16 writers cut in the middle of a commit'],
      ['test/log/append-law.test.ts', '80 batches in every way to append'],
      ['test/runner/many-connections.test.ts', 'writers at once'],
    ],
  },
  {
    number: 'I3',
    holds: 'Whoever follows the cursor sees each visible change exactly once and in order, whatever interrupts it.',
    aim: ['10,000 histories on Postgres, 1 million simulated', '100,000 and 10 million'],
    jobs: ['streams', 'listener-drops', 'readers'],
    tests: [
      ['test/sync/read-page.test.ts', 'pages by number and by size'],
      ['test/torture/simulation/other-controls.test.ts', 'a naive cursor loses in more than 1 % of 1,000 histories'],
    ],
  },
  {
    number: 'I4',
    holds: 'A cursor of another epoch, or beyond the head, is refused, and never silently empty.',
    aim: ['2 failovers, a restore', '20 and 10'],
    jobs: ['failover', 'readers'],
    tests: [
      ['test/operations/failover.test.ts', 'a synchronous and an asynchronous failover'],
      ['test/operations/restore.test.ts', 'a restore to a point in time, a directory that was put back'],
      ['test/http/sync-pull.test.ts', 'each kind of cursor'],
    ],
  },
  {
    number: 'I5',
    holds: 'The log never changes: its hash chain verifies, and nobody may update, delete or truncate.',
    aim: ['1,000 attempts', '`verify` at the end of every run'],
    jobs: ['runner-kills', 'server-kills', 'postgres-restarts', 'fuzz'],
    tests: [
      ['test/log/chain/attempts.test.ts', 'every way to write history anew, by three roles'],
      ['test/log/chain/tampering.test.ts', '10 rounds of each tampering'],
    ],
  },
  {
    number: 'I6',
    holds: 'The projections are the fold of the log, byte for byte: by trigger, by rebuild and in TypeScript.',
    aim: ['10,000 histories, three ways', '100,000; a rebuild of a million changes, killed 20 times'],
    jobs: ['cut-pushes', 'postgres-restarts', 'interleavings', 'model'],
    tests: [
      ['test/log/merge-law.test.ts', '60 histories and 5,000 pairs on each engine'],
      ['test/log/rebuild.test.ts', 'each corruption found and mended'],
    ],
  },
  {
    number: 'I7',
    holds: 'The merge is commutative, associative and idempotent.',
    aim: ['1 million histories', '10 million'],
    jobs: ['merge'],
    tests: [['test/core/log/merge-law.test.ts', '1,000 histories of each law']],
  },
  {
    number: 'I8',
    holds: 'A write stamped before a delete never revives a record.',
    aim: ['1 million histories', '10 million'],
    jobs: ['merge', 'replicas'],
    tests: [['test/core/log/merge-law.test.ts', '1,000 histories']],
  },
  {
    number: 'I9',
    holds: 'A clock that is ahead does not win over a later honest write after 60 s; causally later edits always win.',
    aim: ['100,000 histories', '1 million, clocks wrong by up to 100 years'],
    jobs: ['clocks', 'replicas'],
    tests: [['test/log/stamp-law.test.ts', 'each form of a time, and each bound']],
  },
  {
    number: 'I10',
    holds: 'After the faults all clients, the service and a rebuild are equal, and no outbox is stuck.',
    aim: ['1,000 histories of 5 clients', '100,000; 240 real ones of each fault'],
    jobs: ['replicas', 'cut-pushes', 'streams', 'delays'],
    tests: [['test/web/replica/convergence.test.ts', '12 histories of two replicas of the browser']],
  },
  {
    number: 'I11',
    holds: 'Each client reads its writes, and nobody sees time go back.',
    aim: ['10,000 operations', '1 million'],
    jobs: ['replicas', 'model'],
    tests: [['test/web/replica/sync.test.ts', 'each step of the replica of the browser']],
  },
  {
    number: 'I12',
    holds: 'A want of a mission is written back once at most.',
    aim: ['10,000 iterations, 50 kills, 50 pauses', '100,000, 200, 200'],
    jobs: ['runner-kills', 'pauses', 'postgres-restarts', 'interleavings'],
    tests: [
      ['test/runner/ten-thousand-plans.test.ts', '10,000 iterations by 8 runners, some of which come back too late'],
      ['test/torture/interleavings/lost-races.test.ts', 'leases without a fence are caught'],
    ],
  },
  {
    number: 'I13',
    holds: 'Every due mission is planned, at once when all is well, and within a sweep and a lease after any fault.',
    aim: ['100 drops of each of 5 kinds', '1,000 drops'],
    jobs: ['listener-drops', 'runner-kills', 'postgres-restarts', 'delays'],
    tests: [['test/database/postgres/listen.test.ts', '20 kills, and a listener that is refused, swallowed or deaf']],
  },
  {
    number: 'I14',
    holds: 'A runner that lost its lease writes nothing, and its call is cut short.',
    aim: ['100 pauses', '1,000'],
    jobs: ['pauses'],
    tests: [
      [
        'test/runner/claim.test.ts',
        'a claim that lapsed, and a call that is cut short since another took over, on both engines',
      ],
    ],
  },
  {
    number: 'I15',
    holds: 'Each call of a model is recorded and accounted for, to the token; what was paid for is used.',
    aim: ['1,000 iterations', '100,000'],
    jobs: ['runner-kills', 'pauses', 'shutdown'],
    tests: [
      ['test/runner/call-books.test.ts', '1,000 iterations by 8 runners, some of which lose their lease'],
      ['test/runner/failures.test.ts', 'each way in which a model fails'],
    ],
  },
  {
    number: 'I16',
    holds: 'Spent and reserved stay within every cap, at any instant, with any number of runners.',
    aim: ['10,000 races', '1 million simulated'],
    jobs: [],
    tests: [
      ['test/runner/budget-races.test.ts', '10,000 races of 8 runners, the books looked at by each commit'],
      ['test/runner/budget-model.test.ts', '2,000 histories of 100 steps'],
    ],
  },
  {
    number: 'I17',
    holds: 'A mission that breaks its runner is quarantined, and delays no other.',
    aim: ['20 kinds', '20 kinds, 50 times'],
    jobs: [],
    tests: [['test/runner/poison.test.ts', 'every kind once']],
  },
  {
    number: 'I18',
    holds: 'What the AI wrote wakes no chain without an end.',
    aim: ['1,000 adversarial plans', '10,000'],
    jobs: [],
    tests: [
      ['test/runner/hostile-missions.test.ts', '1,000 plans that wake whom they can'],
      ['test/runner/replan-chains.test.ts', 'each kind of chain, on both engines'],
    ],
  },
  {
    number: 'I19',
    holds: 'A proposal has one decision at most, that one effect at most, and who lost is told.',
    aim: ['10,000 histories', '1 million; 1,000 real ones of 3 devices'],
    jobs: ['decisions', 'server-kills', 'interleavings', 'model'],
    tests: [['test/http/sync-decisions.test.ts', 'each outcome of a decision by a second device']],
  },
  {
    number: 'I20',
    holds: 'What runs is exactly what was approved, unexpired, for the person who approved it.',
    aim: ['1,000 altered actions', '100,000'],
    jobs: ['decisions'],
    tests: [['test/http/proposals.test.ts', 'each way to approve something else']],
  },
  {
    number: 'I21',
    holds: 'Nothing of one person is in anything that another receives.',
    aim: ['100,000 probes', '1 million'],
    jobs: ['fuzz'],
    tests: [
      ['test/database/generated-sql.test.ts', '5,000 statements'],
      ['test/database/attacks-by-sql.test.ts', 'each way around the role, every function'],
      ['test/http/isolation-every-route.test.ts', '6 to 300 requests to each route'],
      ['test/doctor/catalog-laws.test.ts', 'the whole catalog, each law with its damage'],
    ],
  },
  {
    number: 'I22',
    holds: 'Without a user no row is seen or written, and no request leaves its user behind.',
    aim: ['every route, each statement failing', '100,000 requests through a pool'],
    jobs: [],
    tests: [
      ['test/doctor/catalog-laws.test.ts', 'every policy, that it asks for the user'],
      ['test/database/pgbouncer.test.ts', 'sessions shared by a pooler'],
      ['test/operations/nth-statement.test.ts', 'every operation, each statement failing in turn'],
    ],
  },
  {
    number: 'I23',
    holds: 'Nobody can claim to be the system, the AI or another user.',
    aim: ['10,000 forgeries', '100,000'],
    jobs: ['fuzz'],
    tests: [
      ['test/http/sync-forgeries.test.ts', '10,000 forgeries, 1,000 of them on Postgres'],
      ['test/log/actor-law.test.ts', 'each actor, on both engines'],
    ],
  },
  {
    number: 'I24',
    holds: 'No request gets a 5xx, ends the process or makes it grow.',
    aim: ['100,000 requests', '1 million'],
    jobs: ['fuzz'],
    tests: [
      ['test/http/fuzz/memory.test.ts', '1,800 requests and more, the heap after each round'],
      ['test/http/bad-input.test.ts', 'bombs of depth, size and number'],
      ['test/http/smuggling.test.ts', 'requests that two servers would read in two ways'],
    ],
  },
  {
    number: 'I25',
    holds: 'Every answer is as the OpenAPI document has it, and every documented one can be reached.',
    aim: ['every operation', 'the same'],
    jobs: ['fuzz'],
    tests: [['test/http/fuzz/reach.test.ts', 'every answer of every operation']],
  },
  {
    number: 'I26',
    holds: 'The same event id has the same outcome; with another body it is refused.',
    aim: ['10,000 replays', '100,000'],
    jobs: ['cut-pushes', 'model'],
    tests: [['test/http/sync-replays.test.ts', '10,000 replays']],
  },
  {
    number: 'I27',
    holds: 'A stream from any cursor is what a pull from it is, through any number of reconnects.',
    aim: ['100 reconnects of 5 clients', '1,000 of 20'],
    jobs: ['streams', 'listener-drops', 'delays', 'failover'],
    tests: [
      ['test/http/sync-stream.test.ts', 'resumed at every event'],
      ['test/client/reconnect.test.ts', 'each way to lose a stream'],
    ],
  },
  {
    number: 'I28',
    holds: 'A second opener of the embedded store is refused; a lock that is left behind is taken over.',
    aim: ['50 races, 20 stale locks', '500'],
    jobs: [],
    tests: [['test/database/pglite/directory-lock.test.ts', '60 directories, eight processes at once']],
  },
  {
    number: 'I29',
    holds: 'An embedded engine that is wedged is started again, and every acknowledged row is there.',
    aim: ['20 wedges', '200'],
    jobs: [],
    tests: [
      ['test/database/pglite/supervise-engine.test.ts', '20 wedges'],
      ['test/wedged-service.test.ts', 'the whole service, once'],
    ],
  },
  {
    number: 'I30',
    holds:
      'A disk that is full or read-only, or no database: a clean refusal, no acknowledged loss, and back by itself.',
    aim: ['5 of each', '20'],
    jobs: ['disk-full', 'postgres-restarts'],
    tests: [
      ['test/database/pglite/failing-disk.test.ts', 'full, read-only and gone'],
      ['test/operations/without-a-database.test.ts', 'crashed, restarted and read-only while somebody writes'],
    ],
  },
  {
    number: 'I31',
    holds: 'No secret leaves: not in logs, prompts, answers, metrics or the process list.',
    aim: ['after every suite', 'the same'],
    jobs: [],
    tests: [['test/planted-secrets.test.ts', 'each secret, in all that comes out']],
  },
  {
    number: 'I32',
    holds: 'Nothing but the two addresses of the operator is asked for anything.',
    aim: ['500 addresses', '10,000'],
    jobs: [],
    tests: [
      ['test/outbound/fetch-outbound.test.ts', '600 spellings of addresses, 60 redirects, 1,000 addresses in texts'],
      ['test/auth/key-set.test.ts', 'an issuer that redirects, fails, or answers with something else'],
      ['test/http/token-corpus.test.ts', 'tokens that name an address'],
    ],
  },
  {
    number: 'I33',
    holds: 'Text of a model runs nothing and fetches nothing from elsewhere.',
    aim: ['300 payloads', '3,000'],
    jobs: [],
    tests: [
      ['test/browser/hostile-texts.test.ts', '457 texts, each in three forms and in the client, in Chromium'],
      ['test/browser/inert-text.test.ts', 'each payload, in Chromium'],
      ['test/browser/render-markdown.test.ts', 'each kind of markdown'],
    ],
  },
  {
    number: 'I34',
    holds: 'Nothing of an erased person is left, and everybody else is as before.',
    aim: ['20 erasures under fire', '100 kills within one'],
    jobs: ['interleavings'],
    tests: [
      ['test/operations/erasure-kills.test.ts', '24 kills within an erasure of Postgres, 2 of the embedded database'],
      ['test/log/erase-user.test.ts', 'every table, on both engines'],
    ],
  },
  {
    number: 'I35',
    holds: 'Migrations and rebuilds of a log of each released version end in the same projections.',
    aim: ['every release', 'a log of a million rows'],
    jobs: [],
    tests: [
      ['test/operations/earlier-releases.test.ts', 'what the last build of each schema wrote, databases and archives'],
      ['test/database/migrate.test.ts', 'another build on the data of the last'],
      ['test/operations/upgrade.test.ts', 'an older process beside the newer schema'],
    ],
  },
  {
    number: 'I36',
    holds: 'A process that is asked to end claims nothing more and is gone within 10 s, with nothing twice.',
    aim: ['50 stops', '200'],
    jobs: ['shutdown'],
    tests: [['test/service.test.ts', 'the whole service on the embedded database, once']],
  },
];
