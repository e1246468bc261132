/** Checks PEM text before a connection needs it. The problems never repeat any of the text. */
import { createPrivateKey, X509Certificate } from "node:crypto"

const CERTIFICATES = /-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----[\s\S]*?-----END \1-----/g

const parses = (run: () => unknown): boolean => {
  try {
    run()
    return true
  } catch {
    return false // OpenSSL's reason may repeat text of a key
  }
}

/**
 * The problem of the certificates, or `undefined`. OpenSSL skips an authority that it cannot read,
 * so each one is parsed here.
 */
export const problemOfCertificates = (pem: string): string | undefined => {
  const found = pem.match(CERTIFICATES) ?? []
  if (found.length === 0) return "it holds no certificate"
  const damaged = found.findIndex((one) => !parses(() => new X509Certificate(one)))
  return damaged < 0 ? undefined : `certificate ${damaged + 1} of ${found.length} in it is damaged`
}

/** The problem of the key, or `undefined`. */
export const problemOfKey = (pem: string): string | undefined => {
  if (/ENCRYPTED/.test(pem)) return "the key has a passphrase: store it without one"
  return parses(() => createPrivateKey(pem)) ? undefined : "it holds no private key, or the key is damaged"
}

/** Whether the first certificate is for this key. Both have been parsed before. */
export const isPair = (certificate: string, key: string): boolean =>
  new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
