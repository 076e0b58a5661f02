/** The path of the bundle of a program, such as `src/main.ts`, from the sources as they are now. */
export function bundle(program: string): string;
