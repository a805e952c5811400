import type { CallResult, Json } from '../providers/provider.ts'
import type { Call } from './work.ts'

/** What is kept of an accepted call: the vendor's handle, or a finished answer whose files are still to be fetched. */
export type KeptOperation =
  | { readonly kind: 'operation'; readonly handle: Json }
  | { readonly kind: 'finished'; readonly result: CallResult }

export function operationOf({ operation }: Call): KeptOperation | null {
  return operation as KeptOperation | null
}
