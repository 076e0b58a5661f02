import { isMoment } from '../../../core/modules/fields.ts';
import { fieldOf, nameOf, numberOf, textOf } from '../../../core/modules/reading.ts';
import type { RecordRow } from '../../replica/database.ts';

export interface ShownPlace {
  record: RecordRow;
  name: string;
  address: string;
  notes: string;
  visits: number;
  lastVisitedAt: Date | undefined;
  /** Degrees north and east. */
  position: [latitude: number, longitude: number] | undefined;
}

/** A place's record as it is shown, whatever another client wrote into it. */
export function readPlace(record: RecordRow): ShownPlace {
  const visits = numberOf(record, 'visits') ?? 0;
  const lastVisitedAt = fieldOf(record, 'lastVisitedAt');
  const [latitude, longitude] = [numberOf(record, 'latitude'), numberOf(record, 'longitude')];
  return {
    record,
    name: nameOf(record, 'name'),
    address: textOf(record, 'address') ?? '',
    notes: textOf(record, 'notes') ?? '',
    visits: Number.isInteger(visits) && visits > 0 ? visits : 0,
    lastVisitedAt: isMoment(lastVisitedAt) ? new Date(lastVisitedAt) : undefined,
    position: latitude === undefined || longitude === undefined ? undefined : [latitude, longitude],
  };
}
