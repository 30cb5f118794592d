import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { OperatorError } from '../../fault.ts'
import { print } from '../output.ts'

const SCHEMA = import.meta.resolve('@throughline/contracts').replace(/src\/[^/]+$/, 'formats/config.schema.json')

export function addInit(program: Command): void {
  program
    .command('init')
    .description('write a commented throughline.yaml; never over an existing one')
    .argument('[file]', 'where to', 'throughline.yaml')
    .action((file: string) => {
      try {
        writeFileSync(file, sample(pathToFileURL(new URL(SCHEMA).pathname).href), { flag: 'wx' })
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
        throw new OperatorError('There is a configuration already', {
          where: resolve(file),
          why: 'it would be overwritten',
          next: `Edit it, or name another: npm run tl -- init other.yaml`,
          cause,
        })
      }
      print(`✔ Wrote ${resolve(file)}`)
      print('Next: edit it, set the variables it names, then run')
      print('  npm run tl -- doctor     npm run tl -- start')
    })
}

/** A configuration that is right but for the secrets it refers to. */
export function sample(schema: string): string {
  return `# yaml-language-server: $schema=${schema}
# One hub. Secrets are references: env:NAME reads a variable, file:path a file (relative to this one).
workspace: main

# A file beside this one, or the address of a libSQL server (its token in THROUGHLINE_DATABASE_TOKEN).
database: file:.throughline/hub.db

listen:
  # 127.0.0.1 keeps the hub to this machine; put a TLS proxy in front to let vendors in.
  host: 127.0.0.1
  port: 4800
  # The address vendors send webhooks to, if it differs. They sign it.
  # publicUrl: https://hub.example.com

# Programs send it as a bearer token; people log in to the console with it. Make one: openssl rand -hex 32
token: env:THROUGHLINE_HUB_TOKEN

connections:
  hubspot:
    connector: hubspot
    config:
      # Access token and client secret of your HubSpot app.
      token: env:HUBSPOT_TOKEN
      clientSecret: env:HUBSPOT_CLIENT_SECRET
    # Seconds between two polls; without it, derived from the vendor's quota.
    # poll: 30
    # Only these; without it, every stream that has a mapping.
    # streams: [contacts, companies]
  salesforce:
    connector: salesforce
    config:
      # Your org's My Domain.
      instanceUrl: https://example.my.salesforce.com
      # Consumer key of an External Client App with the client credentials flow, and its secret.
      clientId: replace-with-the-consumer-key
      clientSecret: env:SALESFORCE_CLIENT_SECRET
    # Your own field mapping for a stream instead of the connector's.
    # mappings:
    #   contacts: mappings/salesforce-contacts.yaml
    # What your edition allows.
    # limits: { calls: 100000, per: 86400000 }

# Of two changes made at the same moment, that of the earlier name wins.
systems: [hubspot, salesforce]

# Only public addresses are called. Systems of your own network are named here.
# egress:
#   allowPrivate: [cms.internal]
`
}
