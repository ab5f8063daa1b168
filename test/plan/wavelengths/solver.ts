/** The HiGHS solver as the tests' oracle: linear and mixed-integer programs in CPLEX LP text. */

import loader from 'highs';

// The package's types describe its CommonJS face, where the loader is a member; as an ES module the loader is the default export itself.
const load = loader as unknown as typeof loader.default;

export const highs = await load();
