import { BlockList, isIP } from 'node:net'

/** Addresses that stand for this machine or its own network; whoever runs the hub may let some of them be called. */
const PRIVATE = blocked([
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  // Shared by a provider's customers.
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
  // The deprecated site-local range.
  'fec0::/10',
])

/** Addresses that no vendor has: nothing lets them be called. */
const NEVER = blocked([
  // On Linux this reaches the machine itself.
  '0.0.0.0/8',
  // Link-local, and with it the metadata service of clouds; the three after it are other clouds' metadata.
  '169.254.0.0/16',
  '100.100.100.200/32',
  '168.63.129.16/32',
  'fd00:ec2::254/128',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  'fe80::/10',
  'ff00::/8',
  '2001:db8::/32',
  // Ways to write an IPv4 address as an IPv6 one that a router would take apart again: translation, 6to4, Teredo, compatible.
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
  '2001::/32',
  '::/96',
])

export type AddressClass = 'public' | 'private' | 'never'

/** What kind of address this is; what is no address at all is `never`. IPv4-mapped IPv6 counts as the IPv4 it maps. */
export function classOf(address: string): AddressClass {
  const bare = address.split('%')[0]!
  const family = isIP(bare)
  if (family === 0) return 'never'
  const type = family === 6 ? 'ipv6' : 'ipv4'
  if (bare !== '::1' && NEVER.check(bare, type)) return 'never'
  return PRIVATE.check(bare, type) ? 'private' : 'public'
}

function blocked(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [net, prefix] = range.split('/') as [string, string]
    list.addSubnet(net, Number(prefix), net.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}
