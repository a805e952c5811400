/** What a zod object cannot say of a request body: which fields must come, and that no other field may. */
import type { ZodOpenApiMetadata } from 'zod-openapi'

export function strictBody(
  id: string,
  description: string,
  rules: { readonly required: readonly string[]; readonly oneOf?: readonly { required: string[] }[] },
): ZodOpenApiMetadata {
  const { required, oneOf } = rules
  return {
    id,
    description,
    override: { additionalProperties: false, required: [...required], ...(oneOf && { oneOf: [...oneOf] }) },
  }
}
