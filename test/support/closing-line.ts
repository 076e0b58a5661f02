import type { Reporter, TestModule } from 'vitest/node';

/** Prints how many tests passed and failed on one plain line at the end, for readers that do not know vitest. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const passed = states.filter((state) => state === 'passed').length;
    // A file that could not be loaded has no tests, and has failed all the same.
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const failed = states.filter((state) => state === 'failed').length + broken;
    console.log(`${passed} passed, ${failed} failed`);
  }
}
