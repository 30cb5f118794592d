/**
 * The example in connectors/README.md is made of the files that the tests run. Each stands between `<!-- file: path -->` and
 * `<!-- /file -->`; `node test/conformance/third-party/readme.ts` writes them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../..')
export const readme = join(root, 'connectors/README.md')

const place = /(<!-- file: (\S+) -->\n)[^]*?(<!-- \/file -->)/g

/** The files that the text shows, as paths from the root. */
export function filesIn(text: string): string[] {
  return [...text.matchAll(place)].map(([, , path = '']) => path)
}

/** The text with each file as it is now. */
export function withFiles(text: string): string {
  return text.replaceAll(place, (_, begin: string, path: string, end: string) => {
    const language = extname(path).slice(1)
    return `${begin}\n\`\`\`${language}\n${readFileSync(join(root, path), 'utf8')}\`\`\`\n\n${end}`
  })
}

if (import.meta.main) writeFileSync(readme, withFiles(readFileSync(readme, 'utf8')))
