/** The liquid-cooled example, as large as wanted. */
export const clusterText = (example: string, gpus: number): string =>
  example.replace(/^gpus: 1024$/m, `gpus: ${gpus}`).replace(/^ {2}spines: 8$/m, `  spines: ${gpus / 128}`).replace(/^ {2}rows: 4$/m, `  rows: ${Math.max(4, gpus / 256)}`);
