import type { JsonObject } from '../../../core/json.ts';
import { objectOr } from '../../../core/tolerant.ts';
import type { RecordRow } from '../../replica/database.ts';

/** Whether the newest iteration says that no attempt came to an end: then its mission rests, its cadence too, until it is edited or asked for. */
export function isQuarantined(newest: RecordRow | undefined): boolean {
  return objectOr<JsonObject>(newest?.data.error, {}).reason === 'attempts_exhausted';
}
