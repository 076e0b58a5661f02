import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, it } from 'vitest';
import GhostCard from '../../../src/web/components/ghost-card.svelte';

afterEach(cleanup);

const props = {
  title: 'Create task "Compare three companies"',
  mission: '<b>Move</b> to Lisbon',
  missionHref: '/companion/missions/lisbon',
};

it('says what it proposes, and which mission suggests it', () => {
  render(GhostCard, props);
  const card = screen.getByRole('article', { name: props.title });
  expect(card.textContent).toContain('Suggested by');
  const link = screen.getByRole('link', { name: props.mission });
  expect(link.getAttribute('href')).toBe(props.missionHref);
  expect(card.querySelector('b')).toBeNull();
});

it('shows which one the keyboard acts on, and when it is solid', async () => {
  const { rerender } = render(GhostCard, props);
  const card = screen.getByRole('article');
  expect(card.getAttribute('aria-current')).toBeNull();
  expect(card.classList.contains('solid')).toBe(false);
  await rerender({ ...props, current: true, solid: true });
  expect(card.getAttribute('aria-current')).toBe('true');
  expect(card.classList.contains('solid')).toBe(true);
});
