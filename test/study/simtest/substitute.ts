/** Loaded before a play: breaks one source file of the controller by replacing one text in it, as the environment says. */

import { registerHooks } from 'node:module';

export interface Substitution {
  /** End of the file's address. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const told = process.env['HELIOSTAT_SUBSTITUTION'];
if (told !== undefined) {
  const { file, find, replace } = JSON.parse(told) as Substitution;
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(file)) return loaded;
      const source = String(loaded.source);
      const places = source.split(find).length - 1;
      if (places !== 1) throw new Error(`${file} has ${places} places that read ${find}`);
      return { ...loaded, source: source.replace(find, () => replace) };
    },
  });
}
