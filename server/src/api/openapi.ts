import { DESCRIBED, type Described } from './routes.ts'

/** OpenAPI 3.1 of the public surface. */
export function openapi(publicUrl: string, version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const one of DESCRIBED) (paths[one.path] ??= {})[one.method] = operation(one)
  return {
    openapi: '3.1.0',
    info: { title: 'Throughline', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: publicUrl }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Problem: {
          description: 'RFC 9457.',
          type: 'object',
          required: ['type', 'title', 'status', 'detail', 'instance'],
          properties: {
            type: { type: 'string', description: 'urn:throughline:problem: and a stable code.' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            instance: { type: 'string' },
          },
        },
      },
    },
  }
}

function operation(one: Described): object {
  const inPath = [...one.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
  const inQuery = Object.entries(one.query ?? {}).map(([name, { description, integer, ...rest }]) => ({
    name,
    in: 'query',
    description,
    schema: { type: integer ? 'integer' : 'string', ...(rest.enum ? { enum: rest.enum } : {}) },
  }))
  const answers = { ...one.answers, ...(one.open ? {} : { 401: 'The bearer token is missing or wrong.' }) }
  return {
    summary: one.summary,
    ...(one.open ? { security: [] } : {}),
    parameters: [...inPath, ...inQuery],
    ...(one.body ? { requestBody: { required: true, content: { 'application/json': { schema: one.body } } } } : {}),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, description]) => [
        status,
        {
          description,
          ...(Number(status) < 400
            ? {}
            : { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }),
        },
      ]),
    ),
  }
}
