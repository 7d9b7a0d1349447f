// Is this record by whom it says it is? Checked here, against the key that was valid at its place.
import { parseJws, verifyJws, type Envelope } from './jws';
import type { Device } from './model';
import { KIND, TYP } from './wire';

export type Verdict = 'ok' | 'no_key' | 'not_then' | 'wrong_author' | 'bad';

/** A key signs from the record after the one that enrolled it; the hub's first signs its own. */
const validAt = (device: Device, seq: number): boolean =>
  seq >= device.from && (device.until === undefined || seq <= device.until);

/** The hub's keys: the pinned one, and those that it followed. */
function isHubs(device: Device, pinned: Device | undefined): boolean {
  return device === pinned || (pinned !== undefined && device.until !== undefined && device.until <= pinned.from);
}

function checkAuthor(envelope: Envelope, device: Device, pinned: Device | undefined): boolean {
  const { claims, header } = envelope;
  if (claims.iss !== device.agency || claims.act !== device.member) return false;
  if (device.agency === 'hub') return isHubs(device, pinned);
  const typ = KIND[claims.kind]?.typ; // of a newer hub's kind we know none
  return (typ === undefined || typ === header.typ) && header.typ !== TYP.event;
}

export async function checkRecord(
  jws: string, seq: number, device: (kid: string) => Device | undefined, hubKid: string,
): Promise<Verdict> {
  try {
    const envelope = parseJws(jws);
    const by = device(envelope.header.kid);
    if (!by) return 'no_key';
    if (!(await verifyJws(envelope, by.jwk))) return 'bad';
    if (!validAt(by, seq)) return 'not_then';
    return checkAuthor(envelope, by, device(hubKid)) ? 'ok' : 'wrong_author';
  } catch {
    return 'bad';
  }
}
