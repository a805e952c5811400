/** Every provider reads the same shape of variables under a prefix of its own: a second account is the same shape again. */
import { z } from 'zod'

type Prefixed<P extends string, S extends z.core.$ZodShape> = { [K in keyof S & string as `${P}${K}`]: S[K] }

/** The shape with the prefix before each name, e.g. API_KEY as VEO3_API_KEY. */
export function prefixShape<P extends string, S extends z.core.$ZodShape>(prefix: P, shape: S): Prefixed<P, S> {
  return Object.fromEntries(Object.entries(shape).map(([name, type]) => [`${prefix}${name}`, type])) as Prefixed<P, S>
}

/** From the parsed environment of all, what stands under the prefix, without it. */
export function takeSlice<S extends z.core.$ZodShape>(
  environment: Readonly<Record<string, unknown>>,
  prefix: string,
  shape: S,
): z.output<z.ZodObject<S>> {
  return Object.fromEntries(Object.keys(shape).map((name) => [name, environment[`${prefix}${name}`]])) as z.output<
    z.ZodObject<S>
  >
}

/** A key as it travels in a header: visible ASCII. */
export const apiKey = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'must be one word of visible ASCII, without blanks or line ends')
