import type { TrustedTypesWindow } from 'trusted-types/lib/index.js';

/** Lets the browser keep the client's files once the page is there. During development there is nothing to keep. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  addEventListener('load', () => {
    // Without it everything works that has a network, so a browser that refuses (private windows) is no error.
    navigator.serviceWorker.register(trusted('/service-worker.js')).catch(() => {});
  });
}

/** The content policy lets only a named policy make addresses of scripts; this is the only address there is. */
function trusted(path: '/service-worker.js'): string {
  const policy = (window as Partial<TrustedTypesWindow>).trustedTypes?.createPolicy('service-worker', {
    createScriptURL: (url) => url,
  });
  return (policy?.createScriptURL(path) ?? path) as string;
}
