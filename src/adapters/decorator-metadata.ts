/**
 * The three metadata functions that the certificate library's injector asks of `Reflect` when it is loaded.
 *
 * It stores what decorators say about a class; nothing else in this program uses decorators. Installed only where the runtime
 * or another library has not brought the functions already.
 */

type Metadata = Map<unknown, unknown>;

interface MetadataReflect {
  getMetadata?(key: unknown, target: object): unknown;
  getOwnMetadata?(key: unknown, target: object): unknown;
  defineMetadata?(key: unknown, value: unknown, target: object): void;
}

/** Makes the functions available. Safe to call again. */
export function installDecoratorMetadata(): void {
  const reflect = Reflect as MetadataReflect;
  if (reflect.getMetadata !== undefined) return;
  const known = new WeakMap<object, Metadata>();
  const own = (key: unknown, target: object): unknown => known.get(target)?.get(key);
  reflect.getOwnMetadata = own;
  reflect.getMetadata = (key, target) => {
    for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      const found = own(key, at);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  reflect.defineMetadata = (key, value, target) => {
    const metadata = known.get(target) ?? new Map<unknown, unknown>();
    metadata.set(key, value);
    known.set(target, metadata);
  };
}
