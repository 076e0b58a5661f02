import { z } from 'zod';
import { insertOne, notFound, nothingToChange, update } from './effects.ts';
import { line, MAX_MARKDOWN, recordId, text } from './fields.ts';
import { type Module, writeTool } from './module.ts';
import { heading, nameOf, oneLine, textOf } from './reading.ts';

const NOTES = 'notes';
/** What may be appended at once. */
const MAX_APPENDED = 20_000;

const noteSchema = z.looseObject({
  title: line(),
  contentMarkdown: text(MAX_MARKDOWN).default(''),
});

const createNote = writeTool({
  name: 'create_note',
  description: 'Create a note.',
  parameters: z.strictObject({
    title: line().describe('The title, as one line'),
    contentMarkdown: text(MAX_MARKDOWN).describe('The text of the note, as Markdown'),
  }),
  needs: () => [],
  summarise: ({ title }) => `Create the note "${oneLine(title)}"`,
  apply: (params, context) => insertOne(NOTES, noteSchema, params, context),
});

const appendToNote = writeTool({
  name: 'append_to_note',
  description: 'Append text to a note, after a blank line. What stands there is kept.',
  parameters: z.strictObject({
    noteId: recordId().describe('The id of the note'),
    text: text(MAX_APPENDED).regex(/\S/, 'must not be blank').describe('What to append, as Markdown'),
  }),
  needs: ({ noteId }) => [{ table: NOTES, id: noteId }],
  summarise: ({ noteId, text }) => `Append to the note ${noteId}: "${oneLine(text)}"`,
  apply: ({ noteId, text }, { find }) => {
    const note = find(NOTES, noteId);
    if (!note) return notFound('note', noteId);
    const before = textOf(note, 'contentMarkdown')?.trimEnd();
    const contentMarkdown = before ? `${before}\n\n${text}` : text;
    if (contentMarkdown.length > MAX_MARKDOWN) {
      const full = `The note "${nameOf(note, 'title')}" would be longer than ${MAX_MARKDOWN} characters`;
      return nothingToChange('note_too_long', `${full}; append less, or create another note.`);
    }
    return { ok: true, effects: [update(NOTES, noteId, { contentMarkdown })] };
  },
});

/** Notes: texts in Markdown. */
export const notes: Module = {
  appId: 'notes',
  title: 'Notes',
  collections: {
    [NOTES]: {
      schema: noteSchema,
      label: (note) => nameOf(note, 'title'),
      describe: (note) => {
        const content = textOf(note, 'contentMarkdown');
        return heading('Note', note, 'title') + (content === undefined ? '' : `\n\n${content}`);
      },
      shows: ['title', 'contentMarkdown'],
    },
  },
  tools: [createNote, appendToNote],
};
