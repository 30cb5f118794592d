import { readFileSync, writeFileSync } from 'node:fs'
import { compile, type JSONSchema } from 'json-schema-to-typescript'
import { loadRegistry, type EntityContract } from './registry.ts'

const target = new URL('../types.gen.ts', import.meta.url)
const command = 'node contracts/src/generate.ts'

/** TypeScript of the newest version of every entity, and a list of them all. Depends on nothing but the schemas. */
export async function generateTypes(entities: readonly EntityContract[]): Promise<string> {
  const parts: string[] = []
  for (const entity of entities) {
    parts.push(
      // It must not fetch, and it must not change what it is given.
      await compile(structuredClone(entity.schema) as JSONSchema, entity.schema.title, {
        bannerComment: '',
        $refOptions: { resolve: { external: false } },
        style: { semi: false, singleQuote: true, printWidth: 140 },
      }),
    )
  }
  const list = entities.map((entity) => `  ${entity.name}: ${entity.schema.title}\n`).join('')
  return `// Written by \`${command}\` from contracts/entities; do not edit.\n\n${parts.join('\n')}\n/** Name of each entity → its values. */\nexport interface Entities {\n${list}}\n`
}

/** Writes the file, or with `check` only says whether it is up to date: 0 if so, 1 if not. */
export async function generate(check: boolean, file: URL = target, say: (line: string) => void = console.error): Promise<number> {
  const wanted = await generateTypes(loadRegistry().entities())
  const found = readOrNothing(file)
  if (found === wanted) return 0
  if (check) {
    say(`contracts/types.gen.ts does not fit the schemas in contracts/entities. Run: ${command}`)
    return 1
  }
  writeFileSync(file, wanted)
  return 0
}

function readOrNothing(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

if (import.meta.main) process.exitCode = await generate(process.argv.includes('--check'))
