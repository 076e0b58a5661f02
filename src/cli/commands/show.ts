import type { Command } from 'commander';
import { parseAddress, type RecordAddress } from '../../core/log/record-address.ts';
import { defaultRegistry } from '../../core/modules/registry.ts';
import { type Database, type Transaction, withUser } from '../../database/database.ts';
import { labelOf } from '../../log/label-of.ts';
import { readMissionAt } from '../../log/past/mission-at.ts';
import type { Moment } from '../../log/past/read-moment.ts';
import { readRecordAt } from '../../log/past/record-at.ts';
import { readIds } from '../../log/read-ids.ts';
import { listMissions, readMissionView } from '../../missions/read-missions.ts';
import { CommandFault } from '../command-fault.ts';
import type { CommandContext } from '../context.ts';
import { describeMission } from '../describe-mission.ts';
import { describeMissionInList } from '../describe-mission-in-list.ts';
import { describeRecord } from '../describe-record.ts';
import { findMoment, noSuchRecord } from '../find-record.ts';
import type { Run } from '../run-cli.ts';
import { suggest } from '../suggest.ts';

/** Iterations of a mission that are shown. */
const ITERATIONS = 100;

/** Missions that are read at a time. */
const MISSIONS_PAGE = 200;

/** `show`: all missions and how far planning them is; a record or a mission as it is, or as it was. */
export function addShowCommand(program: Command, run: Run): void {
  program
    .command('show')
    .description(
      'list the missions, and what keeps one from being planned; or print one with its plans, or a record, as it is or as it was',
    )
    .argument('[what]', "a mission's id, or a record as appId/table/id; without it all missions are listed")
    .option('--at <position|time>', 'as it was then; a day such as 2026-03-01 is its beginning, UTC')
    .action(
      run(async (context, what: string | undefined, { at }: { at?: string }) => {
        if (what === undefined && at !== undefined) throw new CommandFault('say what to show as it was', 2);
        const userId = await context.knownUser();
        const db = await context.database();
        if (what === undefined) {
          await showMissions(context, db, userId);
          return 0;
        }
        const address = parseAddress(what);
        await withUser(db, userId, async (tx) => {
          const moment = at === undefined ? undefined : await findMoment(tx, '--at', at);
          await (address ? showRecord(context, tx, address, moment) : showMission(context, tx, what, moment));
        });
        return 0;
      }),
    );
}

async function showMissions(context: CommandContext, db: Database, userId: string) {
  for (let before: number | undefined, isMore = true; isMore; ) {
    const page = { before, limit: MISSIONS_PAGE, now: context.clock.now() };
    const { missions, nextCursor } = await withUser(db, userId, (tx) => listMissions(tx, page));
    for (const mission of missions) context.print(mission, describeMissionInList(mission));
    context.checkInterrupt();
    isMore = nextCursor !== null;
    before = Number(nextCursor);
  }
}

type Then = Extract<Moment, { ok: true }> | undefined;

async function showRecord(context: CommandContext, tx: Transaction, address: RecordAddress, then: Then) {
  const record = await readRecordAt(tx, address, then?.position ?? Number.MAX_SAFE_INTEGER);
  if (!record) throw await noSuchRecord(tx, address, whenOf(then));
  const label = labelOf(defaultRegistry, address, record.data);
  context.print({ ...record, label }, describeRecord({ ...record, label }));
}

async function showMission(context: CommandContext, tx: Transaction, id: string, then: Then) {
  const mission = then
    ? await readMissionAt(tx, id, then, { limit: ITERATIONS })
    : await readMissionView(tx, id, { limit: ITERATIONS, now: context.clock.now() });
  if (mission) {
    context.print(mission, describeMission(mission, then === undefined));
    return;
  }
  const hint = suggest(
    id,
    (await readIds(tx, 'ai', 'aiMissions')).filter((known) => known !== id),
  );
  throw new CommandFault(`there is no mission ${id}${whenOf(then)}.${hint} A record is named appId/table/id.`);
}

function whenOf(then: Then): string {
  return then ? ` at position ${then.position}` : '';
}
