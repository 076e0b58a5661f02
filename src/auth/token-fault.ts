import { errors } from 'jose';

/** What is wrong with a token that jose refused, in words that quote nothing of it. */
export function tokenFault(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired; get a new one';
  if (error instanceof errors.JWTClaimValidationFailed) return claimFault(error);
  return FAULTS[error.code] ?? 'the token cannot be accepted';
}

const FAULTS: Record<string, string> = {
  [errors.JWSInvalid.code]: 'the token is not a JWT',
  [errors.JWTInvalid.code]: 'the token is not a JWT',
  [errors.JOSENotSupported.code]: 'the token uses an extension that is not supported here',
  [errors.JOSEAlgNotAllowed.code]: 'the token is signed by an algorithm (alg) that is not accepted here',
  [errors.JWSSignatureVerificationFailed.code]: 'the signature of the token is wrong',
  [errors.JWKSNoMatchingKey.code]: 'the token is signed with a key (kid) that its issuer does not publish',
  [errors.JWKSMultipleMatchingKeys.code]: "the token does not say with which of its issuer's keys it is signed (kid)",
};

function claimFault({ claim, reason }: errors.JWTClaimValidationFailed): string {
  const meaning = MEANINGS[claim];
  const named = meaning ? `${claim} (${meaning})` : claim;
  if (reason === 'missing') return `the token has no ${named}`;
  if (reason === 'invalid') return `${named} of the token is not a number of seconds`;
  return claim === 'nbf' ? 'the token is not valid yet (nbf)' : `${named} of the token is not the one expected here`;
}

const MEANINGS: Record<string, string> = {
  exp: 'the time it expires',
  nbf: 'the time it is valid from',
  iss: 'the issuer',
  aud: 'the audience',
  sub: 'the user',
};
