/** Values that a form is bound to. */
export function formValues(due: string) {
  const values = $state({ title: '', concept: '', cadence: 'daily', filter: 'all', done: false, due });
  return values;
}
