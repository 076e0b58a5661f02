import { createSubscriber } from 'svelte/reactivity';

/** Fine enough for times that are shown in minutes. */
const EVERY_MS = 30_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, EVERY_MS);
  return () => clearInterval(timer);
});

/** The time now. What reads it in a component or effect is run again as time passes. */
export function now(): Date {
  subscribe();
  return new Date();
}
