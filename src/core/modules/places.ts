import { z } from 'zod';
import type { Json } from '../json.ts';
import { insertOne, notFound, update } from './effects.ts';
import { limit, line, moment, recordId, text } from './fields.ts';
import { type Module, type RecordView, readTool, writeTool } from './module.ts';
import {
  clip,
  compareText,
  describeLines,
  foldCase,
  heading,
  known,
  nameOf,
  numberOf,
  oneLine,
  textOf,
} from './reading.ts';

const PLACES = 'places';
/** The notes of a place in a list, where a hundred may stand together. */
const LISTED_NOTES = 300;

const latitude = () => z.number().min(-90).max(90);
const longitude = () => z.number().min(-180).max(180);

const placeSchema = z.looseObject({
  name: line(),
  address: line().nullish(),
  latitude: latitude().nullish(),
  longitude: longitude().nullish(),
  notes: text().nullish(),
  visits: z.int().nonnegative().default(0),
  lastVisitedAt: moment().nullish(),
});

const createPlace = writeTool({
  name: 'create_place',
  description: 'Remember a place.',
  parameters: z.strictObject({
    name: line().describe('What the place is called'),
    address: line().optional().describe('The postal address, as one line'),
    latitude: latitude().optional().describe('Degrees north, -90 to 90'),
    longitude: longitude().optional().describe('Degrees east, -180 to 180'),
    notes: text().optional().describe('Details, as plain text'),
  }),
  needs: () => [],
  summarise: ({ name, address }) => `Add the place "${oneLine(name)}"${address ? `, ${oneLine(address)}` : ''}`,
  apply: (params, context) => insertOne(PLACES, placeSchema, params, context),
});

const visitPlace = writeTool({
  name: 'visit_place',
  description: 'Record that the person visits a place now: counts one visit more.',
  parameters: z.strictObject({ placeId: recordId().describe('The id of the place, as get_places gives it') }),
  needs: ({ placeId }) => [{ table: PLACES, id: placeId }],
  summarise: ({ placeId }) => `Record a visit to the place ${placeId}`,
  apply: ({ placeId }, { now, find }) => {
    const place = find(PLACES, placeId);
    if (!place) return notFound('place', placeId);
    const data = { visits: visitsOf(place) + 1, lastVisitedAt: now.toISOString() };
    return { ok: true, effects: [update(PLACES, placeId, data)] };
  },
});

const getPlaces = readTool({
  name: 'get_places',
  description: 'List places with their ids, by name.',
  parameters: z.strictObject({
    query: text(200).optional().describe('Only places with this text in their name, address or notes'),
    limit: limit(),
  }),
  needs: () => [{ table: PLACES }],
  read: ({ query, limit }, { list }) => {
    const wanted = foldCase(query ?? '');
    const places = list(PLACES).filter((place) => searchText(place).includes(wanted));
    places.sort((a, b) => compareText(nameOf(a, 'name'), nameOf(b, 'name')) || compareText(a.id, b.id));
    return { total: places.length, places: places.slice(0, limit).map(listed) };
  },
  shows: { [PLACES]: ['name', 'address', 'latitude', 'longitude', 'visits', 'lastVisitedAt', 'notes'] },
});

/** Places: where the person goes. */
export const places: Module = {
  appId: 'places',
  title: 'Places',
  collections: {
    [PLACES]: {
      schema: placeSchema,
      label: (place) => nameOf(place, 'name'),
      describe: (place) =>
        describeLines(heading('Place', place, 'name'), [
          ['Address', textOf(place, 'address')],
          ['Position', positionOf(place)],
          ['Visits', visitsOf(place)],
          ['Last visited', textOf(place, 'lastVisitedAt')],
          ['Notes', textOf(place, 'notes')],
        ]),
      shows: ['name', 'address', 'latitude', 'longitude', 'visits', 'lastVisitedAt', 'notes'],
    },
  },
  tools: [createPlace, visitPlace, getPlaces],
};

/** A count that another client wrote as something else counts as none. */
function visitsOf(place: RecordView): number {
  const visits = numberOf(place, 'visits') ?? 0;
  return Number.isInteger(visits) && visits >= 0 && visits < Number.MAX_SAFE_INTEGER ? visits : 0;
}

function positionOf(place: RecordView): string | undefined {
  const [north, east] = [numberOf(place, 'latitude'), numberOf(place, 'longitude')];
  return north === undefined || east === undefined ? undefined : `${north}, ${east}`;
}

function searchText(place: RecordView): string {
  return foldCase(['name', 'address', 'notes'].map((field) => textOf(place, field) ?? '').join('\n'));
}

function listed(place: RecordView): Json {
  const notes = textOf(place, 'notes');
  return known({
    id: place.id,
    name: nameOf(place, 'name'),
    address: textOf(place, 'address'),
    latitude: numberOf(place, 'latitude'),
    longitude: numberOf(place, 'longitude'),
    visits: visitsOf(place),
    lastVisitedAt: textOf(place, 'lastVisitedAt'),
    notes: notes && clip(notes, LISTED_NOTES),
  });
}
