import { Router } from './router.svelte.ts';
import { HOME, ROUTES } from './routes.ts';

/** The router of the running client. */
export const router = new Router(ROUTES, HOME);
