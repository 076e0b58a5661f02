import type { FieldIssue } from '../../core/modules/field-issues.ts';
import { guardForm } from '../state/unsaved.svelte.ts';
import type { Saved } from './do-as-tool.ts';
import { issueText } from './issue-text.ts';

interface Options {
  /** What stands in the fields. */
  written: () => unknown;
  save: () => Promise<Saved>;
  /** After it is saved, or left. */
  onclose: () => void;
}

/**
 * A form of a record: saves it, or says what is wrong with a field, and is not left unasked with something in it. To be
 * made while a component is set up.
 */
export class RecordForm {
  #issues = $state.raw<FieldIssue[]>([]);
  #options: Options;
  #guard: ReturnType<typeof guardForm>;

  constructor(options: Options) {
    this.#options = options;
    const first = JSON.stringify(options.written());
    this.#guard = guardForm(() => JSON.stringify(options.written()) !== first);
  }

  faultOf = (field: string): string | undefined => {
    const issue = this.#issues.find(({ path }) => path === field);
    return issue && issueText(issue.message);
  };

  submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const saved = await this.#options.save();
    if (!saved.ok) {
      this.#issues = saved.issues;
      return;
    }
    this.#guard.release();
    this.#options.onclose();
  };

  leave = (): void => void this.#guard.leave(this.#options.onclose);
}
