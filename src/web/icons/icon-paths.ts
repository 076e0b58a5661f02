/** Our own drawings: lines on a grid of 20 by 20, 1.5 wide, round at the ends. */
export const ICON_PATHS = {
  /** A flag on its pole. */
  missions: 'M5 17.5V3M5 3.7c3.2-1.9 6 1.5 10.2-.3v7.2C11 12.4 8.2 9 5 10.9',
  /** A tray with a slot. */
  inbox: 'M3 11.5 5.3 4.5h9.4l2.3 7v4h-14zM3 11.5h4c.3 1.7 1.4 2.5 3 2.5s2.7-.8 3-2.5h4',
  /** A tick in a ring that it has just broken. */
  todo: 'M16.9 8.6A7.2 7.2 0 1 1 12.7 3.3M6.9 9.7l2.8 2.8 7-8',
  calendar: 'M3.5 5h13v11.5h-13zM3.5 8.6h13M7 3v3.5M13 3v3.5M6.8 12.4h.01M10 12.4h.01',
  places:
    'M10 17.5c3.6-3.7 5.5-6.5 5.5-9.1a5.5 5.5 0 0 0-11 0c0 2.6 1.9 5.4 5.5 9.1zM10 10.2a1.9 1.9 0 1 0 0-3.8 1.9 1.9 0 0 0 0 3.8z',
  /** A sheet with a turned corner. */
  notes: 'M4.5 3h11v9.5l-4.5 4.5H4.5zM15.5 12.5H11V17M7.5 6.7h5M7.5 9.7h3',
  /** Rings with a bold middle. */
  goals:
    'M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4zM10 13.4a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8zM10 10h.01',
  /** Events along a line. */
  workbench:
    'M5 3v2.5M5 8.5v3M5 14.5V17M5 8.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM5 14.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM9.5 7H16M9.5 13h4.5',
  settings:
    'M3 6.5h7.5M14.5 6.5H17M3 13.5h2.5M9.5 13.5H17M12.5 8.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7.5 15.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  more: 'M4.5 10.7a.7.7 0 1 0 0-1.4.7.7 0 0 0 0 1.4zM10 10.7a.7.7 0 1 0 0-1.4.7.7 0 0 0 0 1.4zM15.5 10.7a.7.7 0 1 0 0-1.4.7.7 0 0 0 0 1.4z',
  plus: 'M10 4v12M4 10h12',
  check: 'M4.5 10.7 8.3 14.5 15.5 5.8',
  cross: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  edit: 'M4 16l.7-3.3 8.6-8.6 2.6 2.6-8.6 8.6zM11.6 5.8l2.6 2.6',
  trash: 'M3.5 5.5h13M8 5.5V3.5h4v2M5.2 5.5l.8 11h8l.8-11M8.5 8.8v4.4M11.5 8.8v4.4',
  play: 'M6.5 4v12l9-6z',
  pause: 'M7 4.5v11M13 4.5v11',
  chevronDown: 'M5.5 8l4.5 4.5L14.5 8',
  chevronLeft: 'M12 5.5 7.5 10l4.5 4.5',
  chevronRight: 'M8 5.5 12.5 10 8 14.5',
  /** A spark: what a mission suggests. */
  suggestion:
    'M9 3.5c.5 3.6 1.9 5 5.5 5.5-3.6.5-5 1.9-5.5 5.5-.5-3.6-1.9-5-5.5-5.5 3.6-.5 5-1.9 5.5-5.5zM15 13.5c.2 1.4.8 2 2.2 2.2-1.4.2-2 .8-2.2 2.2-.2-1.4-.8-2-2.2-2.2 1.4-.2 2-.8 2.2-2.2z',
  undo: 'M7 4 3.5 7.5 7 11M3.5 7.5h8a4.5 4.5 0 0 1 0 9H8',
  warning: 'M10 3.5 17.5 16.5h-15zM10 8.3v3.7M10 14.2h.01',
  info: 'M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4zM10 9.3v4.2M10 6.6h.01',
} as const;

export type IconName = keyof typeof ICON_PATHS;
