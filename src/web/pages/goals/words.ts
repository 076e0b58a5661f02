export const words = {
  en: {
    new: 'New goal',
    editTitle: 'Edit the goal',
    log: 'Log progress',
    logOf: (name: string) => `Log progress on “${name}”`,
    logTitle: (name: string) => `Progress on “${name}”`,
    of: (progress: string, target: string) => `${progress} of ${target}`,
    by: (day: string) => `by ${day}`,
    overdue: 'overdue',
    reached: 'reached',
  },
  de: {
    new: 'Neues Ziel',
    editTitle: 'Ziel bearbeiten',
    log: 'Fortschritt eintragen',
    logOf: (name: string) => `Fortschritt eintragen bei „${name}“`,
    logTitle: (name: string) => `Fortschritt bei „${name}“`,
    of: (progress: string, target: string) => `${progress} von ${target}`,
    by: (day: string) => `bis ${day}`,
    overdue: 'überfällig',
    reached: 'erreicht',
  },
};
