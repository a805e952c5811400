/** Which addresses belong to the public internet, by the special-purpose registries of IANA (RFC 6890 and its successors). */
import { BlockList, isIP } from 'node:net'

const special4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carriers' shared space
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local; clouds serve their credentials there
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
]

/** Within the only block that is handed out: 2000::/3. */
const special6: readonly (readonly [string, number])[] = [
  ['2001::', 23], // protocol assignments: Teredo, benchmarks, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4 wraps any IPv4 address
  ['3fff::', 20], // documentation
]

const refused4 = new BlockList()
for (const [network, bits] of special4) refused4.addSubnet(network, bits, 'ipv4')
const refused6 = new BlockList()
for (const [network, bits] of special6) refused6.addSubnet(network, bits, 'ipv6')
const handedOut6 = new BlockList()
handedOut6.addSubnet('2000::', 3, 'ipv6')

/** Whether an IP address is one of the public internet. Anything that is no address is not. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refused4.check(address, 'ipv4')
    case 6:
      // IPv4 that is mapped, translated or tunnelled lies outside 2000::/3 or is special in it.
      return !address.includes('%') && handedOut6.check(address, 'ipv6') && !refused6.check(address, 'ipv6')
    default:
      return false
  }
}
