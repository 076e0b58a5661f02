/** Why an archive is refused, in words for a person. Nothing of it has been imported when this is thrown. */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault';
}
