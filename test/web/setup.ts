import { configure } from '@testing-library/svelte';

// A second is not long for a busy machine.
configure({ asyncUtilTimeout: 60_000 });
