const en = {
  open: 'Undo this plan’s changes',
  title: (iteration: string) => `${iteration}: undo its changes`,
  nothing: 'Nothing of this plan is left to undo.',
  back: 'What goes back',
  outcomes: {
    restored: 'as it was before',
    deleted: 'is deleted',
    brought_back: 'comes back',
  },
  kept: 'What stays',
  keptBy: {
    user: 'changed by you since',
    ai: 'changed by another plan since',
    system: 'changed by a rule since',
  },
  broughtBack: 'brought back since',
  deletedBy: {
    user: 'deleted by you since',
    ai: 'deleted by another plan since',
    system: 'deleted by a rule since',
  },
  undo: 'Undo',
  done: 'The changes of the plan are undone.',
  faults: {
    unreachable: 'The service does not answer, and only it can undo a plan.',
    iteration_not_found: 'The service has no such iteration.',
    other: (detail: string) => `The service did not undo it: ${detail}`,
  },
};

const de: typeof en = {
  open: 'Änderungen dieses Plans rückgängig machen',
  title: (iteration) => `${iteration}: Änderungen rückgängig machen`,
  nothing: 'Von diesem Plan ist nichts mehr rückgängig zu machen.',
  back: 'Was zurückgeht',
  outcomes: {
    restored: 'wie es vorher war',
    deleted: 'wird gelöscht',
    brought_back: 'kommt wieder',
  },
  kept: 'Was bleibt',
  keptBy: {
    user: 'seitdem von dir geändert',
    ai: 'seitdem von einem anderen Plan geändert',
    system: 'seitdem von einer Regel geändert',
  },
  broughtBack: 'seitdem wiederhergestellt',
  deletedBy: {
    user: 'seitdem von dir gelöscht',
    ai: 'seitdem von einem anderen Plan gelöscht',
    system: 'seitdem von einer Regel gelöscht',
  },
  undo: 'Rückgängig machen',
  done: 'Die Änderungen des Plans sind rückgängig gemacht.',
  faults: {
    unreachable: 'Der Dienst antwortet nicht, und nur er kann einen Plan rückgängig machen.',
    iteration_not_found: 'Der Dienst hat diese Iteration nicht.',
    other: (detail) => `Der Dienst hat es nicht rückgängig gemacht: ${detail}`,
  },
};

/** The words for undoing what a plan has changed. */
export const words = { en, de };
