import { BlockList, isIP } from 'node:net';

/**
 * Whether nothing that the service asks can be at an address: link-local ones of IPv4, where clouds keep the credentials of
 * their machines, the few such places elsewhere, multicast and broadcast. Private networks are not among them, since a model
 * server stands there more often than not; nor is fe80::/10, which a name in the same network may have beside others, and where
 * no cloud keeps anything.
 */
export function isOffLimits(address: string): boolean {
  const [bare = ''] = address.replace(/^\[|\]$/g, '').split('%');
  const version = isIP(bare);
  if (bare === PODMAN_HOST) return false;
  return version !== 0 && OFF_LIMITS.check(bare, version === 4 ? 'ipv4' : 'ipv6');
}

/** The machine itself, for a container of rootless Podman since 5.3: `host.containers.internal`, `host.docker.internal`. */
const PODMAN_HOST = '169.254.1.2';

const OFF_LIMITS = new BlockList();
// IPv4, which also stands for itself as ::ffff:a.b.c.d. 100.100.100.200: Alibaba; 192.0.0.192: Oracle.
for (const [net, prefix] of [
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['224.0.0.0', 3],
] as const) {
  OFF_LIMITS.addSubnet(net, prefix, 'ipv4');
}
// fd00:ec2::254: Amazon; fd20:ce::254: Google. The last three are 169.254.0.0/16 by way of NAT64, 6to4 and its oldest spelling.
for (const [net, prefix] of [
  ['ff00::', 8],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
  ['64:ff9b::a9fe:0', 112],
  ['2002:a9fe::', 32],
  ['::a9fe:0', 112],
] as const) {
  OFF_LIMITS.addSubnet(net, prefix, 'ipv6');
}
