// Runs before anything is painted or imported, which an inline script would do if the content policy allowed one.

// The chosen theme, so that a dark page does not flash white.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the theme of the system it is.
}

// zod would try eval, which the content policy refuses and the browser reports. It reads this when it is loaded.
globalThis.__zod_globalConfig = { jitless: true };
